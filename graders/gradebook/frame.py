"""The assignment as the gradebook has it: its notebooks and their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, select

from graders.gradebook.database import NotInGradebook
from graders.gradebook.records import Frame, FrameCell, FrameNotebook, Kind
from graders.gradebook.tables import (
    ASSIGNMENT,
    BASE_CELL,
    GRADE_CELL,
    GRADE_CELLS,
    NOTEBOOK,
    SOLUTION_CELLS,
    SOURCE_CELL,
    TASK_CELL,
    TASK_CELLS,
    AnyRow,
)

KINDS: Mapping[str, Kind] = {GRADE_CELLS: "grade", SOLUTION_CELLS: "solution", TASK_CELLS: "task"}


@dataclass(frozen=True)
class NotebookKeys:
    """The database's keys of a notebook and, by grade_id, of the cells that get points or comments.

    max_scores: by grade_id, for the cells that get points.
    """

    key: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]
    max_scores: Mapping[str, float]


@dataclass(frozen=True)
class Keys:
    """The database's key of an assignment, and those of its notebooks, by name.

    names: the way back, from keys to names of notebooks and grade_ids of cells.
    """

    assignment: str
    key: str
    notebooks: Mapping[str, NotebookKeys]
    names: Mapping[str, str]


def read_frame(connection: Connection, assignment: str) -> tuple[Frame, Keys]:
    """Read an assignment's cells, and the keys to write about them.

    Raises:
        NotInGradebook: the gradebook has no such assignment, or no notebook of it.
    """
    if not inspect(connection).get_table_names():
        raise NotInGradebook("it is empty: run `nbgrader generate_assignment` first")
    row = connection.execute(
        select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate).where(ASSIGNMENT.c.name == assignment)
    ).one_or_none()
    columns = (NOTEBOOK.c.id, NOTEBOOK.c.name, NOTEBOOK.c.kernelspec)
    ours = NOTEBOOK.c.assignment_id == (row.id if row else None)
    books = connection.execute(select(*columns).where(ours).order_by(NOTEBOOK.c.name)).all()
    if row is None or not books:
        raise NotInGradebook(
            f"the gradebook knows no notebook of an assignment {assignment!r}: "
            f"run `nbgrader generate_assignment {assignment}` first"
        )
    cells = _by_notebook(connection, select(*_CELLS).select_from(_CELLS_FROM).where(ours))
    sources = _by_notebook(connection, select(*_SOURCES).select_from(_SOURCES_FROM).where(ours))
    framed = {b.name: _frame_notebook(b, sources[b.id], cells[b.id]) for b in books}
    notebooks = {b.name: _notebook_keys(b.id, cells[b.id]) for b in books}
    names = {b.id: b.name for b in books} | {c.id: c.name for b in books for c in cells[b.id]}
    return Frame(assignment, row.duedate, framed), Keys(assignment, row.id, notebooks, names)


_CELLS = (
    BASE_CELL.c.notebook_id,
    BASE_CELL.c.id,
    BASE_CELL.c.name,
    BASE_CELL.c.type,
    GRADE_CELL.c.max_score,
    TASK_CELL.c.max_score.label("task_score"),
)
_CELLS_FROM = (
    BASE_CELL.join(NOTEBOOK, NOTEBOOK.c.id == BASE_CELL.c.notebook_id)
    .outerjoin(GRADE_CELL, GRADE_CELL.c.id == BASE_CELL.c.id)
    .outerjoin(TASK_CELL, TASK_CELL.c.id == BASE_CELL.c.id)
)
_SOURCES = (
    SOURCE_CELL.c.notebook_id,
    SOURCE_CELL.c.name,
    SOURCE_CELL.c.cell_type,
    SOURCE_CELL.c.locked,
    SOURCE_CELL.c.source,
    SOURCE_CELL.c.checksum,
)
_SOURCES_FROM = SOURCE_CELL.join(NOTEBOOK, NOTEBOOK.c.id == SOURCE_CELL.c.notebook_id)


def _by_notebook(connection: Connection, statement: Any) -> Mapping[str, list[AnyRow]]:
    found: defaultdict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.notebook_id].append(row)
    return found


def _frame_notebook(book: AnyRow, sources: list[AnyRow], cells: list[AnyRow]) -> FrameNotebook:
    kinds: defaultdict[str, set[Kind]] = defaultdict(set)
    for cell in cells:
        kinds[cell.name].add(KINDS[cell.type])
    points = {cell.name: _points(cell) for cell in cells if _points(cell) is not None}
    framed = {
        row.name: FrameCell(
            grade_id=row.name,
            cell_type=row.cell_type,
            locked=row.locked,
            source=row.source,
            checksum=row.checksum,
            kinds=frozenset(kinds[row.name]),
            max_score=points.get(row.name),
        )
        for row in sources
    }
    return FrameNotebook(book.name, book.kernelspec, framed)


def _points(cell: AnyRow) -> float | None:
    points: float | None = cell.task_score if cell.max_score is None else cell.max_score
    return points


def _notebook_keys(key: str, cells: list[AnyRow]) -> NotebookKeys:
    """A cell that both takes an answer and gets points is there twice, once of each kind."""
    graded = [cell for cell in cells if KINDS[cell.type] in ("grade", "task")]
    commented = [cell for cell in cells if KINDS[cell.type] in ("solution", "task")]
    return NotebookKeys(
        key=key,
        graded={cell.name: cell.id for cell in graded},
        commented={cell.name: cell.id for cell in commented},
        max_scores={cell.name: _points(cell) or 0.0 for cell in graded},
    )
