"""Reads an assignment's grades from nbgrader's gradebook, without ever writing to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    GradeCell,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from graders.gradebook.database import remedy_of
from graders.report.records import ReportError

SQLITE = "sqlite:///"


@dataclass(frozen=True)
class CellGrade:
    """One point of one student: its score, None where there is none.

    waits: a human must look. by_hand: a human gave the points.
    """

    score: float | None
    waits: bool
    by_hand: bool


@dataclass
class Submitted:
    """What the gradebook knows of one student's submission."""

    handed_in: datetime | None
    penalty: float
    cells: dict[str, CellGrade] = field(default_factory=dict)


@dataclass(frozen=True)
class Grades:
    """An assignment in the gradebook: points by cell, names of all students, and what was handed in."""

    points: Mapping[str, float]
    names: Mapping[str, str]
    submitted: Mapping[str, Submitted]


def read_grades(db_url: str, assignment: str) -> Grades:
    """Read an assignment's grades.

    Raises:
        ReportError: there is no gradebook that can be read, or no such assignment in it.
    """
    engine = _open(db_url)
    try:
        with Session(engine) as session:
            return _read(session, assignment)
    except DBAPIError as error:
        raise ReportError(
            f"the gradebook {db_url.removeprefix(SQLITE)} cannot be read ({str(error.orig).strip()}): "
            f"{remedy_of(error)}, then run the command again"
        ) from None
    finally:
        engine.dispose()


def _open(db_url: str) -> Engine:
    """Open the database; an SQLite file in its read-only mode."""
    if not db_url.startswith(SQLITE):
        return create_engine(db_url)
    path = Path(db_url.removeprefix(SQLITE))
    if not path.is_file():
        if path.exists():
            raise ReportError(f"{path} is no file: put back a backup of the gradebook there")
        raise ReportError(f"{path} does not exist: nothing is graded yet; run graders grade first")
    return create_engine(f"{SQLITE}file:{path}?mode=ro&uri=true")


def _read(session: Session, name: str) -> Grades:
    found = session.scalar(select(Assignment).where(Assignment.name == name))
    if found is None:
        there = ", ".join(session.scalars(select(Assignment.name).order_by(Assignment.name))) or "none"
        raise ReportError(
            f"the gradebook has no assignment {name!r}; there are: {there}; run graders grade first"
        )
    students = session.execute(select(Student.id, Student.first_name, Student.last_name))
    names = {row.id: " ".join(filter(None, (row.first_name, row.last_name))) for row in students}
    submitted = {
        row.student_id: Submitted(row.timestamp, row.late_submission_penalty or 0.0)
        for row in session.execute(
            select(
                SubmittedAssignment.student_id,
                SubmittedAssignment.timestamp,
                SubmittedAssignment.late_submission_penalty,
            ).where(SubmittedAssignment.assignment_id == found.id)
        )
    }
    for row in session.execute(_grades_of(found.id)):
        submitted[row.student_id].cells[row.name] = _cell_grade(row)
    return Grades(_points(session, found.id), names, submitted)


def _points(session: Session, assignment_id: str) -> dict[str, float]:
    points: dict[str, float] = {}
    for kind in (GradeCell, TaskCell):
        rows = session.execute(
            select(kind.name, kind.max_score)
            .join(kind.notebook)
            .where(Notebook.assignment_id == assignment_id)
        )
        points.update({row.name: float(row.max_score) for row in rows})
    return points


def _grades_of(assignment_id: str) -> Any:
    return (
        select(
            SubmittedAssignment.student_id,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .where(SubmittedAssignment.assignment_id == assignment_id)
    )


def _cell_grade(row: Any) -> CellGrade:
    """A human's score counts before the judge's, as nbgrader has it; extra credit comes on top."""
    score = row.auto_score if row.manual_score is None else row.manual_score
    waits = bool(row.needs_manual_grade) or score is None
    counted = None if score is None else score + (row.extra_credit or 0.0)
    return CellGrade(counted, waits, row.manual_score is not None)
