"""Writing what nbgrader's autograding leaves of one student's submission."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from nbgrader.utils import parse_utc
from sqlalchemy import Connection, and_, bindparam, insert, select

from graders.gradebook.cells import save_comments, save_grades
from graders.gradebook.database import GradebookError
from graders.gradebook.fitting import known_notebooks
from graders.gradebook.frame import Keys, NotebookKeys
from graders.gradebook.penalties import LatePenalties, seconds_late
from graders.gradebook.tables import (
    ASSIGNMENT,
    GRADE,
    STUDENT,
    SUBMISSION,
    SUBMITTED_NOTEBOOK,
    of_notebooks,
    score,
    set_columns,
)
from graders.graded import GradedSubmission

_HEAD = (
    select(
        ASSIGNMENT.c.duedate,
        STUDENT.c.id.label("student"),
        SUBMISSION.c.id,
        SUBMISSION.c.timestamp,
        SUBMISSION.c.extension,
    )
    .select_from(
        ASSIGNMENT.outerjoin(STUDENT, STUDENT.c.id == bindparam("of_student")).outerjoin(
            SUBMISSION,
            and_(SUBMISSION.c.assignment_id == ASSIGNMENT.c.id, SUBMISSION.c.student_id == STUDENT.c.id),
        )
    )
    .where(ASSIGNMENT.c.id == bindparam("of_assignment"))
)
_NOTEBOOKS = select(SUBMITTED_NOTEBOOK.c.id, SUBMITTED_NOTEBOOK.c.notebook_id).where(
    SUBMITTED_NOTEBOOK.c.notebook_id.in_(bindparam("of_books", expanding=True)),
    SUBMITTED_NOTEBOOK.c.assignment_id == bindparam("of_submission"),
)
_SCORES = select(score).where(of_notebooks(GRADE))
_NEW_STUDENT, _NEW_SUBMISSION, _NEW_NOTEBOOK = map(insert, (STUDENT, SUBMISSION, SUBMITTED_NOTEBOOK))
_SET_TIMESTAMP = set_columns(SUBMISSION, "timestamp")
_SET_PENALTY = set_columns(SUBMITTED_NOTEBOOK, "late_submission_penalty")


@dataclass(frozen=True)
class _Submission:
    """The row of a submission. new: it was made just now, and nothing belongs to it yet."""

    key: str
    new: bool
    seconds_late: float


def save_submission(
    connection: Connection, keys: Keys, penalties: LatePenalties, graded: GradedSubmission
) -> None:
    """Write a graded submission, within a transaction of the caller's.

    What humans entered stays. A notebook that is not among the graded ones keeps its rows as they are.

    Raises:
        GradebookError: the record does not fit the assignment in the gradebook.
    """
    known = known_notebooks(keys, graded)
    submission = _submission(connection, keys, graded)
    rows = _notebooks(connection, keys, submission)
    save_grades(connection, keys, known, rows, new=submission.new)
    save_comments(connection, keys, known, rows, new=submission.new)
    if not penalties.enabled:
        return
    for name, book in known.items():
        if book.text or not book.missing:  # where nothing stands for it, nbgrader leaves the penalty as it is
            penalty = None
            if submission.seconds_late > 0:
                points = _points(connection, keys.notebooks[name], rows[name])
                penalty = penalties.penalty(graded.student, points, submission.seconds_late)
            connection.execute(_SET_PENALTY, {"of_id": rows[name], "new_late_submission_penalty": penalty})


def _submission(connection: Connection, keys: Keys, graded: GradedSubmission) -> _Submission:
    """Find or make the rows of the student and the submission."""
    student, timestamp = graded.student, parse_utc(graded.timestamp)
    head = connection.execute(_HEAD, {"of_student": student, "of_assignment": keys.key}).one_or_none()
    if head is None:
        raise GradebookError(
            f"{keys.assignment} is no longer in it: "
            f"run `nbgrader generate_assignment {keys.assignment}`, then grade again"
        )
    if head.student is None:
        connection.execute(_NEW_STUDENT, {"id": student})
    if head.id is None:
        key = uuid4().hex
        row = {"id": key, "assignment_id": keys.key, "student_id": student, "timestamp": timestamp}
        connection.execute(_NEW_SUBMISSION, row)
        return _Submission(key, True, seconds_late(timestamp, head.duedate, None))
    if timestamp is not None and timestamp != head.timestamp:
        connection.execute(_SET_TIMESTAMP, {"of_id": head.id, "new_timestamp": timestamp})
    handed_in: datetime | None = timestamp or head.timestamp
    return _Submission(head.id, False, seconds_late(handed_in, head.duedate, head.extension))


def _notebooks(connection: Connection, keys: Keys, submission: _Submission) -> dict[str, str]:
    """Find or make the rows of the submission's notebooks; return their keys by name."""
    found = {}
    if not submission.new:
        books = [book.key for book in keys.notebooks.values()]
        there = connection.execute(_NOTEBOOKS, {"of_submission": submission.key, "of_books": books})
        found = {row.notebook_id: row.id for row in there}
    rows = {name: found.get(book.key) or uuid4().hex for name, book in keys.notebooks.items()}
    missing = [
        {"id": rows[name], "assignment_id": submission.key, "notebook_id": book.key}
        for name, book in keys.notebooks.items()
        if book.key not in found
    ]
    if missing:
        connection.execute(_NEW_NOTEBOOK, missing)
    return rows


def _points(connection: Connection, book: NotebookKeys, row: str) -> float:
    """What a submitted notebook has so far, humans' points and extra credit among it."""
    values: Mapping[str, list[str]] = {"of_notebooks": [row], "of_cells": list(book.graded.values())}
    return math.fsum(connection.execute(_SCORES, values).scalars())
