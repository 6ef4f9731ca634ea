"""What the gradebook has of students, read in few queries however many they are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select

from graders.gradebook.database import GradebookError
from graders.gradebook.frame import Keys, NotebookKeys
from graders.gradebook.records import ByHand, CellGrade, NotebookRows, StoredSubmission, StudentRows
from graders.gradebook.tables import (
    COMMENT,
    GRADE,
    SUBMISSION,
    SUBMITTED_NOTEBOOK,
    AnyRow,
    comment,
    given,
    of_notebooks,
    score,
)

AT_ONCE = 500
"""Students named in one query; databases limit how much one may name."""

Place = tuple[str, str]
"""A cell: notebook and grade_id."""

_SUBMITTED = SUBMISSION.join(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMISSION.c.id)
_WITH_GRADES = _SUBMITTED.join(GRADE, GRADE.c.notebook_id == SUBMITTED_NOTEBOOK.c.id)
_WITH_COMMENTS = _SUBMITTED.join(COMMENT, COMMENT.c.notebook_id == SUBMITTED_NOTEBOOK.c.id)

_WHERE = (SUBMISSION.c.student_id.label("student"), SUBMITTED_NOTEBOOK.c.notebook_id.label("notebook"))
_GRADES = select(
    *_WHERE,
    GRADE.c.cell_id.label("cell"),
    GRADE.c.manual_score,
    GRADE.c.extra_credit,
    GRADE.c.needs_manual_grade,
    given.label("given"),
    score.label("score"),
).select_from(_WITH_GRADES)
_COMMENTS = select(
    *_WHERE,
    COMMENT.c.cell_id.label("cell"),
    COMMENT.c.manual_comment,
).select_from(_WITH_COMMENTS)
_SUBMISSIONS = select(
    SUBMISSION.c.student_id.label("student"),
    SUBMISSION.c.timestamp,
    SUBMITTED_NOTEBOOK.c.late_submission_penalty,
).select_from(SUBMISSION.outerjoin(SUBMITTED_NOTEBOOK, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMISSION.c.id))

_BOOKS_OF_ONE = (
    select(
        SUBMISSION.c.timestamp,
        SUBMITTED_NOTEBOOK.c.id,
        SUBMITTED_NOTEBOOK.c.notebook_id,
        SUBMITTED_NOTEBOOK.c.late_submission_penalty,
    )
    .select_from(_SUBMITTED)
    .where(
        SUBMISSION.c.assignment_id == bindparam("of_assignment"),
        SUBMISSION.c.student_id == bindparam("of_student"),
        SUBMITTED_NOTEBOOK.c.notebook_id.in_(bindparam("of_books", expanding=True)),
    )
)
_GRADES_OF_ONE = select(GRADE.c.notebook_id, GRADE.c.cell_id, score.label("score")).where(of_notebooks(GRADE))
_COMMENTS_OF_ONE = select(COMMENT.c.notebook_id, COMMENT.c.cell_id, comment.label("comment")).where(
    of_notebooks(COMMENT)
)


def read_by_hand(connection: Connection, keys: Keys, students: Iterable[str] | None) -> dict[str, ByHand]:
    """Read what humans entered, of the students of whom there is any. None: of all students."""
    scores: defaultdict[str, dict[Place, float]] = defaultdict(dict)
    extra: defaultdict[str, dict[Place, float]] = defaultdict(dict)
    comments: defaultdict[str, dict[Place, str]] = defaultdict(dict)
    entered = or_(GRADE.c.manual_score.is_not(None), GRADE.c.extra_credit.is_not(None))
    for ours in _conditions(keys, students):
        for place, row in _cells(connection, keys, _GRADES.where(ours, entered)):
            if row.manual_score is not None:
                scores[row.student][place] = row.manual_score
            if row.extra_credit is not None:
                extra[row.student][place] = row.extra_credit
        with_comment = _COMMENTS.where(ours, COMMENT.c.manual_comment.is_not(None))
        for place, row in _cells(connection, keys, with_comment):
            comments[row.student][place] = row.manual_comment
    return {
        student: ByHand(scores[student], extra[student], comments[student])
        for student in sorted(scores.keys() | extra.keys() | comments.keys())
    }


def read_submissions(
    connection: Connection, keys: Keys, students: Iterable[str] | None
) -> dict[str, StoredSubmission]:
    """Read the submissions that there are, of these students. None: of all."""
    timestamps, penalties = {}, defaultdict[str, float](float)
    points: defaultdict[str, dict[str, dict[str, float | None]]] = defaultdict(dict)
    unconfirmed: defaultdict[str, list[Place]] = defaultdict(list)
    waiting: defaultdict[str, list[Place]] = defaultdict(list)
    for ours in _conditions(keys, students):
        for row in connection.execute(_SUBMISSIONS.where(ours)):
            timestamps[row.student] = row.timestamp
            penalties[row.student] += row.late_submission_penalty or 0.0
        for (notebook, grade_id), row in _cells(connection, keys, _GRADES.where(ours)):
            of_notebook = points[row.student].setdefault(notebook, {})
            of_notebook[grade_id] = None if row.given is None else row.score
            if row.given is None or row.needs_manual_grade:
                those = waiting if row.manual_score is None else unconfirmed
                those[row.student].append((notebook, grade_id))
    return {
        student: StoredSubmission(
            student,
            timestamps[student],
            points[student],
            penalties[student],
            tuple(unconfirmed[student]),
            tuple(waiting[student]),
        )
        for student in sorted(timestamps)
    }


def read_rows(connection: Connection, keys: Keys, student: str) -> StudentRows:
    """Read what the feedback pages say. Raises GradebookError where the student has no submission."""
    books = {book.key: book for book in keys.notebooks.values()}
    one = {"of_assignment": keys.key, "of_student": student, "of_books": list(books)}
    rows = connection.execute(_BOOKS_OF_ONE, one).all()
    if not rows:
        raise GradebookError(
            f"there is no submission of {keys.assignment} by {student}: grade this student first"
        )
    notebooks = [
        _notebook_rows(connection, keys.names[row.notebook_id], books[row.notebook_id], row) for row in rows
    ]
    return StudentRows(keys.assignment, student, rows[0].timestamp, {book.name: book for book in notebooks})


def _notebook_rows(connection: Connection, name: str, book: NotebookKeys, row: AnyRow) -> NotebookRows:
    scores = _by_cell(connection, _GRADES_OF_ONE, row.id, book.graded)
    comments = _by_cell(connection, _COMMENTS_OF_ONE, row.id, book.commented)
    late_penalty = row.late_submission_penalty or 0.0
    return NotebookRows(
        name=name,
        score=math.fsum(found.score for found in scores.values()) - late_penalty,
        max_score=math.fsum(book.max_scores.values()),
        late_penalty=late_penalty,
        grades={cell: CellGrade(found.score, book.max_scores[cell]) for cell, found in scores.items()},
        comments={cell: found.comment for cell, found in comments.items()},
    )


def _by_cell(
    connection: Connection, statement: Select[Any], row: str, cells: Mapping[str, str]
) -> dict[str, AnyRow]:
    """Rows of a submitted notebook by grade_id, in the order of the cells."""
    values = {"of_notebooks": [row], "of_cells": list(cells.values())}
    found = {row.cell_id: row for row in connection.execute(statement, values)}
    return {grade_id: found[key] for grade_id, key in cells.items() if key in found}


def _cells(connection: Connection, keys: Keys, statement: Select[Any]) -> Iterator[tuple[Place, AnyRow]]:
    """Rows about cells, each with its cell; rows of cells that the assignment no longer has are left out."""
    for row in connection.execute(statement):
        if row.notebook in keys.names and row.cell in keys.names:
            yield (keys.names[row.notebook], keys.names[row.cell]), row


def _conditions(keys: Keys, students: Iterable[str] | None) -> Iterator[ColumnElement[bool]]:
    """Conditions that together select the submissions of these students."""
    ours = SUBMISSION.c.assignment_id == keys.key
    if students is None:
        yield ours
        return
    rest = iter(students)
    while some := list(islice(rest, AT_ONCE)):
        yield and_(ours, SUBMISSION.c.student_id.in_(some))
