"""What is exported of the gradebook: one score for each student and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment

from graders.criteria import in_order
from graders.gradebook.confirmation import waits_for_confirmation


@dataclass(frozen=True)
class Column:
    """A column of grades: of a whole assignment, or of one point in it."""

    assignment: str
    point: str | None
    max_score: float

    @property
    def name(self) -> str:
        """Its name where the learning management system has given it none."""
        return f"{self.assignment} {self.point}" if self.point else self.assignment


@dataclass(frozen=True)
class Entry:
    """A student's scores by column; None where there is none yet.

    missing: assignments of which nothing was handed in. waits: why others are not complete, in words.
    """

    student: Student
    scores: dict[Column, float | None]
    missing: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


def columns_of(assignments: Sequence[Assignment], *, per_point: bool) -> list[Column]:
    """Return the columns of some assignments, each followed by those of its points if they are wanted."""
    found = []
    for assignment in assignments:
        found.append(Column(assignment.name, None, float(assignment.max_score)))
        points = {
            cell.name: float(cell.max_score)
            for notebook in assignment.notebooks
            for cell in (*notebook.grade_cells, *notebook.task_cells)
        }
        if per_point:
            found += [Column(assignment.name, name, points[name]) for name in in_order(points)]
    return found


def entries(
    gradebook: Gradebook, columns: Sequence[Column], students: Sequence[Student], *, unfinished: bool
) -> Iterator[Entry]:
    """Return each student's scores.

    unfinished: also scores of submissions in which a point waits for a human.
    """
    names = dict.fromkeys(column.assignment for column in columns)
    for student in students:
        scores: dict[Column, float | None] = dict.fromkeys(columns)
        missing, waits = [], []
        for name in names:
            try:
                submission = gradebook.find_submission(name, student.id)
            except MissingEntry:
                missing.append(name)
                continue
            if submission.needs_manual_grade:
                waits.append(_reason(name, submission))
            if unfinished or not submission.needs_manual_grade:
                scores |= _scores(submission, [column for column in columns if column.assignment == name])
        yield Entry(student, scores, tuple(missing), tuple(waits))


def _reason(name: str, submission: SubmittedAssignment) -> str:
    """Say what of a submission waits for a human."""
    grades = (grade for notebook in submission.notebooks for grade in notebook.grades)
    flagged = [grade for grade in grades if grade.needs_manual_grade]
    by_hand = [str(grade.name) for grade in flagged if grade.manual_score is not None]
    reasons = [] if len(by_hand) == len(flagged) else [f"{name} needs manual grading"]
    if by_hand:
        reasons.append(f"{name}: {waits_for_confirmation(in_order(by_hand))}")
    return "; ".join(reasons)


def _scores(submission: SubmittedAssignment, columns: Sequence[Column]) -> dict[Column, float | None]:
    """A point's own score, and the whole less the late penalty."""
    points = {grade.name: grade.score for notebook in submission.notebooks for grade in notebook.grades}
    total = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
    return {column: points.get(column.point) if column.point else total for column in columns}
