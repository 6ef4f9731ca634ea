"""An exception of a student's as plain data, however it behaves when it is looked at."""

from __future__ import annotations

import re
import traceback

from .frames import Frame

MAX_TEXT = 500
"""Longest text kept of an error's type or message."""

CELL_NAME = "<cell {}>.py"
"""The file name under which cell `i`, counted from 0, is compiled; to IPython it is one like a kernel's."""

_CELL = re.compile(r"<cell (\d+)>\.py")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Return the beginning of a text, without lone surrogates, which JSON parsers refuse."""
    return text[:limit].encode("utf-8", "replace").decode()


def describe(error: BaseException) -> Frame:
    """Return type and message of an error, and the last line of the student's cells on the way to it.

    line, cell: counted from 1 and from 0; None where no cell is part of it. function: empty at top level.
    """
    line, cell, function = _place(error)
    return {
        "type": clean(type(error).__name__),
        "message": _message(error),
        "line": line,
        "cell": cell,
        "function": clean(function),
    }


UNNAMED = ("<tokenize>", "<string>")
"""What IPython and Python call code that they look at before it is compiled under a cell's name."""


def _message(error: BaseException) -> str:
    try:
        return clean(str(error.msg if isinstance(error, SyntaxError) else error))
    except BaseException as fault:  # a student's __str__ may do anything
        return f"(its message cannot be shown: {type(fault).__name__})"


def _place(error: BaseException) -> tuple[int | None, int | None, str]:
    if isinstance(error, SyntaxError) and (cell := cell_of(str(error.filename))) is not None:
        return error.lineno, cell, ""
    if isinstance(error, SyntaxError) and error.filename in UNNAMED:
        return error.lineno, None, ""
    place: tuple[int | None, int | None, str] = (None, None, "")
    for frame, line in traceback.walk_tb(error.__traceback__):
        if (cell := cell_of(frame.f_code.co_filename)) is not None:
            name = frame.f_code.co_name
            place = (line, cell, "" if name == "<module>" else name)
    return place


def cell_of(filename: str) -> int | None:
    """Return the number of the cell that is compiled under a file name; None for any other file."""
    match = _CELL.fullmatch(filename)
    return int(match[1]) if match else None
