"""A submission as code: a plain module, or a notebook in source, release or submitted form."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from graders.assignment import Assignment, code_cells, is_test, nbgrader_data
from graders.nodes import notebook_of
from graders.numbering import cell_numbers
from graders.repair import Repaired, repair
from graders.salvage import cells_of, salvage
from graders.schema import check_schema, needs_no_change

MAX_BYTES = 32 * 1024 * 1024
"""A notebook with pictures in it takes some megabytes; what is much larger is no homework."""


MAX_ITEMS = 20_000
"""Cells and their outputs together. Homework has some hundred; more take minutes to read."""

ESCAPED_HALVES = "\\ud", "\\uD"
"""How JSON writes half of a character, which no file can hold; whole ones are written as two halves."""


class SubmissionError(Exception):
    """A submission that cannot be read. The message names the file, what is wrong with it, and the remedy."""


@dataclass(frozen=True)
class Submission:
    """The code of a submission, ready to be run: cells in order, and what had to be repaired.

    numbers: of the cells, as Jupyter counts them. solutions: whether the student is asked to write each.
    """

    cells: tuple[str, ...]
    is_module: bool
    repairs: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    solutions: tuple[bool, ...] = ()


def read(path: Path, assignment: Assignment) -> Submission:
    """Read a plain Python module or a notebook.

    Raises:
        SubmissionError: the file is missing, too large, no text, or no notebook.
    """
    if path.suffix == ".ipynb":
        repaired = repair(read_notebook(path), assignment.notebook)
        return _of_notebook(repaired)
    return Submission((read_text(path),), is_module=True)


def _of_notebook(repaired: Repaired) -> Submission:
    cells = repaired.notebook.cells
    own = [
        (number, bool(nbgrader_data(cell).get("solution")))
        for cell, number in zip(cells, cell_numbers(cells), strict=True)
        if number is not None and not is_test(cell)
    ]
    return Submission(
        code_cells(repaired.notebook),
        is_module=False,
        repairs=repaired.repairs,
        numbers=tuple(number for number, _ in own),
        solutions=tuple(solution for _, solution in own),
    )


def read_text(path: Path) -> str:
    """Read a text file in UTF-8. Raises SubmissionError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _too_large(path)
        return decode(path.read_bytes(), path)
    except FileNotFoundError:
        raise SubmissionError(f"{path} does not exist: check its name and folder") from None
    except IsADirectoryError:
        raise SubmissionError(f"{path} is a folder: name the file in it") from None
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None


def decode(data: bytes, path: Path) -> str:
    """Return a file's content as text; `path` is named in errors. Raises SubmissionError."""
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SubmissionError(
            f"{path} is no text in UTF-8: save it again from Jupyter or an editor"
        ) from None


def _too_large(path: Path) -> SubmissionError:
    return SubmissionError(
        f"{path} is larger than {MAX_BYTES >> 20} MiB: clear its outputs and hand it in again"
    )


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of any version, as nbformat 4. Raises SubmissionError."""
    return parse_notebook(read_text(path), path)


def parse_notebook(text: str, path: Path) -> NotebookNode:
    """Read a notebook from its text; `path` is named in errors. Raises SubmissionError."""
    try:
        raw = json.loads(text)
        if any(half in text for half in ESCAPED_HALVES):
            text = json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace").decode()
            raw = json.loads(text)
    except (ValueError, RecursionError):
        raise SubmissionError(
            f"{path} is no JSON: it was not saved completely, or is no notebook; save and hand it in again"
        ) from None
    if not isinstance(raw, dict) or ("cells" not in raw and "worksheets" not in raw):
        raise SubmissionError(f"{path} is JSON, but no notebook: hand in the file that Jupyter saves")
    items = _count(raw)
    if items > MAX_ITEMS:
        raise SubmissionError(
            f"{path} has {items} cells and outputs, and {MAX_ITEMS} are allowed: "
            "clear its outputs and hand it in again"
        )
    try:
        check_schema(raw)
        return notebook_of(raw) if needs_no_change(raw) else _converted(text)
    except Exception as error:  # nbformat raises errors of many kinds on malformed input
        salvaged = salvage(raw)
        if salvaged is None:
            raise _invalid(path, error) from None
        return salvaged


def _converted(text: str) -> NotebookNode:
    """Have nbformat read a notebook of another version, or mend its ids. Raises errors of many kinds."""
    with warnings.catch_warnings(action="ignore"):  # such as cell ids that are there twice
        read = nbformat.reads(text, as_version=4)
        nbformat.validate(read)
    # from_dict: what was converted from version 3 has the classes of that version, and not v4's
    notebook: NotebookNode = nbformat.from_dict(read)
    return notebook


def _invalid(path: Path, error: Exception) -> SubmissionError:
    reason = str(error)[:200].encode("utf-8", "replace").decode()
    return SubmissionError(f"{path} is no valid notebook ({reason}): open, save and hand it in again")


def _count(raw: dict[str, object]) -> int:
    """How many cells and outputs there are, as far as there are lists of them."""
    cells = cells_of(raw) or []
    outputs = [cell.get("outputs") for cell in cells if isinstance(cell, dict)]
    return len(cells) + sum(len(each) for each in outputs if isinstance(each, list | dict))
