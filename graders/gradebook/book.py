"""The gradebook of one assignment, opened once for a class by the one process that writes it."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from nbgrader.coursedir import CourseDirectory

from graders.gradebook.database import Database
from graders.gradebook.frame import read_frame
from graders.gradebook.penalties import LatePenalties
from graders.gradebook.reading import read_by_hand, read_rows, read_submissions
from graders.gradebook.records import ByHand, Frame, StoredSubmission, StudentRows
from graders.gradebook.saving import save_submission
from graders.graded import GradedSubmission


class ClassGradebook:
    """What nbgrader's gradebook has of one assignment; every method raises GradebookError where it cannot.

    The cells are read once, when it is opened; `nbgrader generate_assignment` comes before that.
    """

    def __init__(self, coursedir: CourseDirectory, assignment: str, busy_seconds: float = 30.0) -> None:
        """Open the database of a course; its configuration names the plug-in for late submissions.

        busy_seconds: how long to wait where another program has the database locked.
        """
        self._database = Database(coursedir.db_url, busy_seconds)
        self._penalties = LatePenalties(coursedir.config)
        try:
            self._frame, self._keys = self._database.read(lambda book: read_frame(book, assignment))
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> ClassGradebook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def frame(self) -> Frame:
        """The assignment's notebooks and cells."""
        return self._frame

    def save(self, graded: GradedSubmission) -> None:
        """Write a graded submission: all of it or nothing, whatever happens.

        What is left is what `nbgrader autograde --force` leaves. Manual scores, extra credit, manual comments
        and flags stay; so do the timestamp where the submission has none, and the rows of notebooks that are
        not among the graded ones. A notebook that is missing, with nothing in its place, gets zero.

        Raises:
            GradebookLocked: another program kept the database locked; the same call can be made again.
            GradebookError: the database refused, or the record does not fit the assignment.
        """
        self._database.write(lambda book: save_submission(book, self._keys, self._penalties, graded))

    def existing(self, students: Iterable[str] | None = None) -> dict[str, ByHand]:
        """What humans entered, by student, where there is any. None: of all students."""
        named = None if students is None else list(students)
        return self._database.read(lambda book: read_by_hand(book, self._keys, named))

    def submissions_with(self, students: Iterable[str] | None = None) -> dict[str, StoredSubmission]:
        """Submissions that the gradebook has, by student. None: of all students."""
        named = None if students is None else list(students)
        return self._database.read(lambda book: read_submissions(book, self._keys, named))

    def rows(self, student: str) -> StudentRows:
        """What the feedback pages say of a student: points, comments and penalty."""
        return self._database.read(lambda book: read_rows(book, self._keys, student))
