"""Writing the rows of cells: automatic points and comments, beside what humans entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from graders.gradebook.frame import Keys
from graders.gradebook.tables import COMMENT, GRADE, AnyRow, of_notebooks, set_columns
from graders.graded import GradedNotebook

_GRADES = (
    select(GRADE.c.id, GRADE.c.notebook_id, GRADE.c.cell_id, GRADE.c.manual_score)
    .where(of_notebooks(GRADE))
    .with_for_update()
)
_COMMENTS = select(COMMENT.c.id, COMMENT.c.notebook_id, COMMENT.c.cell_id).where(of_notebooks(COMMENT))
_NEW_GRADE, _NEW_COMMENT = insert(GRADE), insert(COMMENT)
_SET_GRADE = set_columns(GRADE, "auto_score", "needs_manual_grade")
_SET_COMMENT = set_columns(COMMENT, "auto_comment")

Columns = dict[str, Any]


def save_grades(
    connection: Connection,
    keys: Keys,
    known: Mapping[str, GradedNotebook],
    rows: Mapping[str, str],
    *,
    new: bool,
) -> None:
    """Write the points; a human looks again where one did before, or where there are none.

    known: the graded notebooks by name. rows: the submitted notebooks' keys by name, of all the assignment
    has. new: they were made just now.
    """
    cells = {name: book.graded for name, book in keys.notebooks.items()}
    there = {} if new else _there(connection, _GRADES, cells, rows)
    added: list[Columns] = []
    changed: list[Columns] = []
    for name, grade_id, cell in _places(cells):
        row = there.get((rows[name], cell))
        columns = _grade(known.get(name), grade_id, None if row is None else row.manual_score)
        if row is None:
            columns = columns or {"auto_score": None, "needs_manual_grade": True}
            added.append(_new(rows[name], cell) | columns)
        elif columns:
            changed.append(_changed(row, columns))
    _execute(connection, _NEW_GRADE, added)
    _execute(connection, _SET_GRADE, changed)


def _grade(book: GradedNotebook | None, grade_id: str, manual: float | None) -> Columns:
    """What autograding sets of a grade; nothing where it stays as it is."""
    if book is not None and grade_id in book.scores:
        score = book.scores[grade_id]
        waits = manual is not None or score is None
        return {"auto_score": None if score is None else float(score), "needs_manual_grade": waits}
    if book is not None and book.missing:
        return {"auto_score": 0.0, "needs_manual_grade": False}
    return {}


def save_comments(
    connection: Connection,
    keys: Keys,
    known: Mapping[str, GradedNotebook],
    rows: Mapping[str, str],
    *,
    new: bool,
) -> None:
    """Write the automatic comments; see save_grades."""
    cells = {name: book.commented for name, book in keys.notebooks.items()}
    there = {} if new else _there(connection, _COMMENTS, cells, rows)
    added: list[Columns] = []
    changed: list[Columns] = []
    for name, grade_id, cell in _places(cells):
        comments = known[name].comments if name in known else {}
        row = there.get((rows[name], cell))
        if row is None:
            added.append(_new(rows[name], cell) | {"auto_comment": comments.get(grade_id)})
        elif grade_id in comments:
            changed.append(_changed(row, {"auto_comment": comments[grade_id]}))
    _execute(connection, _NEW_COMMENT, added)
    _execute(connection, _SET_COMMENT, changed)


def _places(cells: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Each cell: its notebook, its grade_id and its key."""
    return ((name, grade_id, cell) for name, book in cells.items() for grade_id, cell in book.items())


def _there(
    connection: Connection,
    statement: Any,
    cells: Mapping[str, Mapping[str, str]],
    rows: Mapping[str, str],
) -> dict[tuple[str, str], AnyRow]:
    """The rows that are there, by submitted notebook and cell."""
    values = {"of_notebooks": list(rows.values()), "of_cells": [cell for *_, cell in _places(cells)]}
    return {(row.notebook_id, row.cell_id): row for row in connection.execute(statement, values)}


def _new(notebook: str, cell: str) -> Columns:
    return {"id": uuid4().hex, "notebook_id": notebook, "cell_id": cell}


def _changed(row: AnyRow, columns: Columns) -> Columns:
    return {"of_id": row.id} | {f"new_{name}": value for name, value in columns.items()}


def _execute(connection: Connection, statement: Any, rows: list[Columns]) -> None:
    if rows:
        connection.execute(statement, rows)
