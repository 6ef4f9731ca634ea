"""The one writer of a run: gradebook, autograded/, feedback/, and what is known of each student's grading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
from graders.nonce import course_secret, nonce_for
from graders.publication import Publisher

FOLDERS_AT_A_TIME = 4


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
        """Begin with what humans have entered so far; what they enter from now on, the next run takes up."""
        self.show_hidden_tests = bool(HideTests(config=bundle.config).show_hidden_tests)
        self._gradebook = gradebook
        self._feedback = feedback
        self._publisher = Publisher(coursedir, assignment.name)
        self._publisher.clean()
        self._states = States(Path(coursedir.root), assignment.name)
        self._version = version_of(bundle, assignment)
        self._secret = course_secret(Path(coursedir.root))
        self.by_hand = {
            student: hashlib.sha256(repr(entered).encode()).hexdigest()[:32]
            for student, entered in gradebook.existing().items()
        }
        self._outcomes: dict[str, State] = {}
        # replacing a folder is waiting for the disk
        self._folders = ThreadPoolExecutor(FOLDERS_AT_A_TIME)

    def close(self) -> None:
        """Wait for the folders that are being replaced."""
        self._folders.shutdown(wait=True, cancel_futures=True)

    def publish(self, graded: GradedSubmission) -> Future[tuple[str, ...]]:
        """Begin to write a result: replace autograded/. The future says what was left out of the folder.

        It raises PublicationError: the folder could not be written; the message names it and the remedy.
        """
        self._states.forget(graded.student)
        texts = {one.name: one.text for one in graded.notebooks}
        return self._folders.submit(self._publisher.autograded, graded.student, texts)

    def save(self, digest: str, graded: GradedSubmission, left_out: tuple[str, ...]) -> bool:
        """Write the points. digest: of the submission. Return whether feedback pages are to be made.

        Raises:
            GradebookError: they could not be written; the message names file and remedy.
        """
        self._gradebook.save(graded)
        self._outcomes[graded.student] = self._state(digest, graded, left_out)
        if not self._feedback:
            self.finish(graded.student)
        return self._feedback

    def publish_feedback(self, student: str, pages: Mapping[str, str]) -> Future[None]:
        """Replace feedback/. The future raises PublicationError."""
        return self._folders.submit(self._publisher.feedback, student, pages)

    def finish(self, student: str) -> None:
        """Note that all is written."""
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
            by_hand=self.by_hand.get(graded.student, ""),
            pages=self._feedback,
            nonce=nonce_for(self._secret, graded.assignment, graded.student),
        )
