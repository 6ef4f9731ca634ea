"""The one writer of a run: gradebook, autograded/, feedback/, and what is known of each student's grading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
from nbgrader.coursedir import CourseDirectory

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator.state import State, States
from graders.coordinator.version import version_of
from graders.feedback import CellGrade, Grades
from graders.gradebook import ClassGradebook
from graders.graded import GradedSubmission
from graders.nbgrader_plugins.hide_tests import HideTests
from graders.publication import Publisher


class Writer:
    """Writes results, student by student, for one assignment of a course.

    Every result is written in the same order: the state is removed, autograded/ replaced, the gradebook
    written in one transaction, feedback/ replaced, the state written. So a run that breaks off anywhere
    leaves students without a state, whom the next run grades again, with the same result.
    """

    def __init__(
        self,
        coursedir: CourseDirectory,
        assignment: Assignment,
        bundle: Bundle,
        gradebook: ClassGradebook,
        feedback: bool = True,
    ) -> None:
        self.show_hidden_tests = bool(HideTests(config=bundle.config).show_hidden_tests)
        self._gradebook = gradebook
        self._feedback = feedback
        self._publisher = Publisher(coursedir, assignment.name)
        self._publisher.clean()
        self._states = States(Path(coursedir.root), assignment.name)
        self._version = version_of(bundle, assignment)
        self._outcomes: dict[str, State] = {}

    def write(self, digest: str, graded: GradedSubmission) -> bool:
        """Write a result. digest: of the submission. Return whether feedback pages are to be made.

        Raises:
            GradebookError, PublicationError: it could not be written; the message names file and remedy.
        """
        student = graded.student
        self._states.forget(student)
        left_out = self._publisher.autograded(student, {one.name: one.text for one in graded.notebooks})
        self._gradebook.save(graded)
        state = self._state(digest, graded, left_out)
        self._outcomes[student] = state
        if not self._feedback:
            self._states.write(student, state)
        return self._feedback

    def publish_feedback(self, student: str, pages: Mapping[str, str]) -> None:
        """Publish a student's feedback pages, and note that all is written. Raises PublicationError."""
        self._publisher.feedback(student, pages)
        self._states.write(student, self._outcomes[student])

    def note_trouble(self, student: str, trouble: str) -> None:
        """Note what went wrong after the points were written."""
        self._outcomes[student] = msgspec.structs.replace(self._outcomes[student], trouble=trouble)
        self._states.write(student, self._outcomes[student])

    def feedback_grades(self, student: str) -> dict[str, Grades]:
        """Return what the feedback pages say of points and comments, by notebook."""
        rows = self._gradebook.rows(student)
        return {
            name: Grades(
                name,
                book.score,
                book.max_score,
                book.late_penalty,
                {
                    cell: CellGrade(
                        book.grades[cell].score if cell in book.grades else None,
                        book.grades[cell].max_score if cell in book.grades else None,
                        book.comments.get(cell) or "",
                    )
                    for cell in {*book.grades, *book.comments}
                },
            )
            for name, book in rows.notebooks.items()
        }

    def _state(self, digest: str, graded: GradedSubmission, left_out: tuple[str, ...]) -> State:
        return State(
            submission=digest,
            version=self._version,
            points={name: points for one in graded.notebooks for name, points in one.scores.items()},
            causes=graded.causes,
            notes=tuple(dict.fromkeys((*left_out, *graded.notes))),
            trouble=graded.trouble,
            seconds=graded.seconds,
        )
