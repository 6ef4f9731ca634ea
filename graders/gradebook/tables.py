"""nbgrader's tables, for statements that name columns instead of loading objects."""

from __future__ import annotations

from typing import Any, TypeAlias

from nbgrader import api
from sqlalchemy import ColumnElement, Float, Table, Update, and_, bindparam, case, func, literal, update

AnyRow: TypeAlias = Any
"""A row of a result: its columns are attributes."""

ASSIGNMENT: Table = api.Assignment.__table__
NOTEBOOK: Table = api.Notebook.__table__
BASE_CELL: Table = api.BaseCell.__table__
GRADE_CELL: Table = api.GradeCell.__table__
TASK_CELL: Table = api.TaskCell.__table__
SOURCE_CELL: Table = api.SourceCell.__table__
STUDENT: Table = api.Student.__table__
SUBMISSION: Table = api.SubmittedAssignment.__table__
SUBMITTED_NOTEBOOK: Table = api.SubmittedNotebook.__table__
GRADE: Table = api.Grade.__table__
COMMENT: Table = api.Comment.__table__

GRADE_CELLS, SOLUTION_CELLS, TASK_CELLS = "GradeCell", "SolutionCell", "TaskCell"
"""nbgrader's names of the kinds of cells, in BASE_CELL.c.type."""

given: ColumnElement[float] = func.coalesce(GRADE.c.manual_score, GRADE.c.auto_score)
score: ColumnElement[float] = case(
    (given.is_not(None), given + func.coalesce(GRADE.c.extra_credit, literal(0.0, Float()))),
    else_=literal(0.0, Float()),
)
"""A grade's points, as nbgrader's Grade.score: extra credit counts only where there are points."""

comment: ColumnElement[str] = func.coalesce(COMMENT.c.manual_comment, COMMENT.c.auto_comment)
"""A comment, the human's before the automatic one."""


def of_notebooks(table: Table) -> ColumnElement[bool]:
    """Rows of GRADE or COMMENT for cells `of_cells` in submitted notebooks `of_notebooks`.

    The cells are named because nbgrader's index begins with them: without it, a large class is slow.
    """
    return and_(
        table.c.cell_id.in_(bindparam("of_cells", expanding=True)),
        table.c.notebook_id.in_(bindparam("of_notebooks", expanding=True)),
    )


def set_columns(table: Table, *columns: str) -> Update:
    """A statement that sets these columns, to `new_COLUMN`, in the row `of_id`."""
    values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
    return update(table).where(table.c.id == bindparam("of_id")).values(values)
