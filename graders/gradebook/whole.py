"""nbgrader's own gradebook for whoever asks it for all submissions, such as nbgrader's exporters."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment
from sqlalchemy.orm import undefer


class WholeGradebook(Gradebook):
    """Reads all submissions of an assignment in one query, with points, where nbgrader takes three for each.

    They are as they were when the first one of the assignment was asked for.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._assignment = ""
        self._submissions: dict[str, SubmittedAssignment] = {}

    def find_submission(self, assignment: str, student: str) -> SubmittedAssignment:
        """Find a submission. Raises MissingEntry, as nbgrader does."""
        if assignment != self._assignment:
            points = undefer(SubmittedAssignment.score), undefer(SubmittedAssignment.late_submission_penalty)
            found = (
                self.db.query(SubmittedAssignment)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .filter(Assignment.name == assignment)
                .options(*points)
            )
            self._assignment, self._submissions = assignment, {one.student_id: one for one in found}
        if student not in self._submissions:
            raise MissingEntry(f"no submission of {assignment!r} by {student!r}")
        return self._submissions[student]
