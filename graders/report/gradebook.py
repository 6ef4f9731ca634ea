"""Reads an assignment's grades from nbgrader's gradebook, without ever writing to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

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
from sqlalchemy import URL, Engine, create_engine, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from graders.gradebook.database import GradebookError, NotInGradebook, address_of, remedy_of
from graders.report.records import ReportError


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
    url = _address(db_url)
    engine = _read_only(url)
    try:
        with Session(engine) as session:
            return _read(session, assignment)
    except DBAPIError as error:
        raise ReportError(
            f"the gradebook {url.database} cannot be read ({str(error.orig).strip()}): "
            f"{remedy_of(error)}, then run the command again"
        ) from None
    finally:
        engine.dispose()


def _address(db_url: str) -> URL:
    try:
        return address_of(db_url)
    except NotInGradebook:
        path = make_url(db_url).database
        raise ReportError(f"{path} does not exist: nothing is graded yet; run graders grade first") from None
    except GradebookError as error:
        raise ReportError(str(error)) from None


def _read_only(url: URL) -> Engine:
    """Open the database; an SQLite file in its read-only mode, which only a URI can ask for."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    uri = f"file:{quote(url.database or '')}"
    return create_engine(url.set(database=uri).update_query_dict({"mode": "ro", "uri": "true"}))


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
