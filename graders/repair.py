"""Repair of a mangled notebook: what the student wrote, in the frame that the instructor gave.

Test cells and other locked cells come from the instructor. Solution cells and cells of the student's own keep
their source. The submitted file is never touched; each repair is listed, for the student and the instructor.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode

from graders.assignment import HIDDEN_TESTS, nbgrader_data
from graders.nodes import copy_of
from graders.python_code import parsed
from graders.schema import CELL_IDS

MAX_PIECES = 5
"""Pieces of one cell that are tried to be joined; who splits a cell, splits it in two or three."""

MAX_JOINED = 20_000
"""Characters of a joined cell; the longest solution has some thousand."""

KEPT, MAX_KEPT = 256, 20_000
"""Test cells whose lines are kept, as all of a class have the same, and the characters of one."""

START = ""
"""Stands for the beginning of the notebook among the cells that others follow."""


@dataclass(frozen=True)
class Repaired:
    """A notebook with each of the instructor's cells once and in order, and what had to be done for it."""

    notebook: NotebookNode
    repairs: tuple[str, ...]


def repair(submitted: NotebookNode, frame: NotebookNode) -> Repaired:
    """Fit a submitted notebook into the instructor's (source or release version; outputs are ignored).

    Cells of the student's own stay behind the framed cell that they followed. A solution cell that is there
    twice, as it is after splitting a cell, keeps its second half as a cell of the student's own.
    """
    repairs: list[str] = []
    framed = {_id(cell): cell for cell in frame.cells if _id(cell)}
    official, own = _sort(submitted.cells, framed, repairs)
    cells = list(own[START])
    for cell in frame.cells:
        grade_id = _id(cell)
        if not grade_id:
            continue
        cells.append(_restored(cell, official.get(grade_id), repairs))
        cells.extend(own.get(grade_id, []))
    if list(official) != [grade_id for grade_id in framed if grade_id in official]:
        repairs.append("cells were moved, and put back in order")
    notebook = NotebookNode({**submitted, "metadata": copy_of(submitted.metadata), "cells": cells})
    notebook.nbformat, notebook.nbformat_minor = frame.nbformat, frame.nbformat_minor
    _identify(
        cells, {cell.get("id") for cell in framed.values()}, with_ids=notebook.nbformat_minor >= CELL_IDS
    )
    return Repaired(notebook, tuple(dict.fromkeys(repairs)))


def _identify(cells: Iterable[NotebookNode], reserved: set[str | None], *, with_ids: bool) -> None:
    """Give each of the student's own cells an id that no other cell has; or none, as the format has it."""
    taken, number = set(reserved), 0
    for cell in cells:
        if not with_ids:
            cell.pop("id", None)
        elif not _id(cell):
            while not isinstance(cell.get("id"), str) or cell.id in taken:
                number += 1
                cell["id"] = f"own-{number}"
            taken.add(cell.id)


def _id(cell: NotebookNode) -> str:
    grade_id = nbgrader_data(cell).get("grade_id", "")
    return grade_id if isinstance(grade_id, str) else ""


def _sort(
    cells: Iterable[NotebookNode], framed: dict[str, NotebookNode], repairs: list[str]
) -> tuple[dict[str, NotebookNode], dict[str, list[NotebookNode]]]:
    """Split submitted cells: framed ones, by id, and the student's own, by the framed cell they follow."""
    official: dict[str, NotebookNode] = {}
    own: dict[str, list[NotebookNode]] = {START: []}
    place = START
    pieces = Counter[str]()
    for cell in cells:
        grade_id = _id(cell)
        pieces[grade_id] += 1
        if grade_id in framed and grade_id not in official:
            official[grade_id], place = cell, grade_id
        elif grade_id in framed and not _is_solution(framed[grade_id]):
            repairs.append(f"the test cell '{grade_id}' was there more than once; copies are left out")
        else:
            if grade_id in framed:
                repairs.append(f"the solution cell '{grade_id}' was there more than once; all of it is kept")
                few = pieces[grade_id] <= MAX_PIECES
                if few and _is_one_piece(official[grade_id].source, cell.source):
                    joined = f"{official[grade_id].source}\n{cell.source}"
                    official[grade_id] = NotebookNode({**official[grade_id], "source": joined})
                    continue
            own.setdefault(place, []).append(_freed(cell))
    return official, own


def _is_one_piece(first: str, second: str) -> bool:
    """Whether two halves of a cell make sense only together, as when it was split within a class."""
    if len(first) + len(second) > MAX_JOINED:
        return False
    return not (parsed(first) and parsed(second)) and parsed(f"{first}\n{second}") is not None


def _is_solution(cell: NotebookNode) -> bool:
    return bool(nbgrader_data(cell).get("solution"))


def _freed(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: without nbgrader's metadata, whatever it claims to be."""
    freed = copy_of(cell)
    freed.metadata.pop("nbgrader", None)
    return freed


def _restored(original: NotebookNode, submitted: NotebookNode | None, repairs: list[str]) -> NotebookNode:
    """The instructor's cell, with the student's source if it is a solution cell.

    nbgrader's metadata are the instructor's.
    """
    grade_id, cell = _id(original), copy_of(original)
    if submitted is None:
        repairs.append(f"the cell '{grade_id}' was missing, and put back")
        if _is_solution(original):
            cell.source = ""
        return cell
    changed = not _is_solution(original) and (
        _visible(submitted.source) != _visible(original.source) or submitted.cell_type != original.cell_type
    )
    marked = _flags(submitted) != _flags(original)
    if _is_solution(original):
        cell.source = submitted.source
    if (changed or marked) and not _is_of_a_release(submitted):
        if changed:
            repairs.append(f"the cell '{grade_id}' was changed, and restored")
        if marked:
            repairs.append(f"the grading marks of the cell '{grade_id}' were changed, and restored")
    return cell


def _is_of_a_release(cell: NotebookNode) -> bool:
    """Whether a cell is as nbgrader once released it, so that the instructor has changed it since.

    nbgrader writes the checksum of source and marks into each cell (`nbgrader.utils.compute_checksum`). To
    forge it gains nothing: the instructor's cell counts in any case.
    """
    data = nbgrader_data(cell)
    marks = [str(bool(data.get(name, False))) for name in ("grade", "solution", "locked")]
    parts = [cell.source, cell.cell_type, *marks, _id(cell)]
    try:
        parts += [str(float(data["points"]))] if data.get("grade") else []
    except (KeyError, TypeError, ValueError, OverflowError):
        return False
    digest = hashlib.md5("".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return bool(data.get("checksum") == digest.hexdigest())


def _visible(source: str) -> list[str]:
    """The lines of a test cell as students have them: without the hidden region, and without empty lines."""
    return _kept_lines(source) if len(source) <= MAX_KEPT else _lines(source)


def _lines(source: str) -> list[str]:
    return [line.rstrip() for line in HIDDEN_TESTS.sub("", source).splitlines() if line.strip()]


_kept_lines = lru_cache(KEPT)(_lines)


def _flags(cell: NotebookNode) -> tuple[object, ...]:
    data = nbgrader_data(cell)
    return tuple(data.get(key) for key in ("grade", "solution", "locked", "points"))
