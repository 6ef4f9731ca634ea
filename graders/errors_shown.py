"""What the outputs of a notebook that was run tell of its cells: which failed, with what error, and where."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import replace

from nbformat import NotebookNode

from graders.assignment import is_test, nbgrader_data
from graders.execution import OUT_OF_LIMITS, SUBJECT
from graders.numbering import cell_numbers
from graders.troubles import CodeCell, Kind, Place, Trouble, of_error

KINDS = {name: Kind(how) for how, name in OUT_OF_LIMITS.items()}
"""By the name of the error that stands for what ended a cell."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"Cell In\[(\d{1,6})\], line (\d{1,9})")
"""A line of the notebook in a traceback of IPython's."""

OF_SYNTAX = re.compile(r" \((?:<cell \d+>|\d+)\.py, line \d+\)$")
"""What a SyntaxError's words say of its place, by a name that nobody else knows the cell by."""

MAX_MESSAGE = 300
"""Characters of an error's message that are told."""


def code_cells_of(notebook: NotebookNode, tests: Container[str]) -> dict[str, Sequence[CodeCell]]:
    """Return the code of a notebook for each of its tests: all other cells, with the trouble of those before.

    tests: names of the hidden tests.
    """
    cells: list[CodeCell] = []
    places: dict[str, int] = {}
    for cell, number in zip(notebook.cells, cell_numbers(notebook.cells), strict=True):
        name = str(nbgrader_data(cell).get("grade_id"))
        if is_test(cell) and name in tests:
            places[name] = len(cells)
        elif number is not None:
            solution = bool(nbgrader_data(cell).get("solution"))
            cells.append(CodeCell(cell.source, number, solution, _trouble(cell)))
    below = [replace(cell, trouble=None, below=True) for cell in cells]
    return {name: (*cells[:place], *below[place:]) for name, place in places.items()}


def _trouble(cell: NotebookNode) -> Trouble | None:
    """The last error that a cell shows; the one that stands for its end comes after that of an interrupt."""
    errors = [output for output in cell.get("outputs", ()) if output.output_type == "error"]
    if not errors:
        return None
    name, message = str(errors[-1].ename), str(errors[-1].evalue)[:MAX_MESSAGE]
    if name in KINDS:
        return Trouble(KINDS[name], message.removeprefix(SUBJECT))
    return of_error(name, OF_SYNTAX.sub("", message), _place(errors[-1]))


def _place(error: NotebookNode) -> Place | None:
    """The innermost line of the notebook in a traceback."""
    lines = error.get("traceback")
    text = COLOUR.sub("", "\n".join(map(str, lines))) if isinstance(lines, list) else ""
    frames = FRAME.findall(text)
    return Place(int(frames[-1][1]), int(frames[-1][0])) if frames else None
