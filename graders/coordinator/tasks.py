"""A student's work, step by step: grade or judge again, write, make the feedback page, publish it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec

from graders.coordinator.plan import Plan, Work
from graders.coordinator.pool import Pool
from graders.coordinator.reader import Reader
from graders.coordinator.run import Task
from graders.coordinator.staging import Staging
from graders.coordinator.submissions import digest_of
from graders.coordinator.writer import Writer
from graders.feedback import Grades, render
from graders.graded import GradedNotebook, GradedSubmission
from graders.nodes import notebook_of

Sink = Callable[[str, GradedSubmission], Task | None]
"""Takes a result, with the digest of the submission that it is of; returns what comes next."""


class GradeTask:
    """Has a submission graded, and hands on the result."""

    on_worker = True

    def __init__(self, reader: Reader, student: str, plan: Plan, sink: Sink) -> None:
        self.student = student
        self._reader = reader
        self.trouble: str | None = None
        self._plan = plan
        self._sink = sink

    @property
    def runs(self) -> bool:
        """Whether the submission is run, not only judged again."""
        return self._plan.work is Work.GRADE

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Have the submission run and judged, or what it left at an earlier run judged again."""
        self._submitted = self._reader.read(self.student, self._plan)
        nonce = self._reader.nonce_of(self.student)
        if self._plan.work is Work.REJUDGE:
            return pool.rejudge(self._submitted, self._reader.autograded_texts(self.student), nonce)
        return pool.grade(self._submitted, nonce)

    def take(self, result: GradedSubmission) -> Task | None:
        """Hand on the result."""
        self.trouble = result.trouble
        return self._sink(digest_of(self._submitted), result)

    def give_up(self, reason: str) -> Task | None:
        """Hand on a result in which every cell waits for a human."""
        return self.take(self._reader.ungraded(self._submitted, reason))


class WriteTask:
    """Writes a graded submission, named by its digest: first its folder, then its points."""

    on_worker = False

    def __init__(self, writer: Writer, digest: str, graded: GradedSubmission) -> None:
        self.student = graded.student
        self.trouble = graded.trouble
        self._writer = writer
        self._digest = digest
        self._graded = graded

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Have autograded/ replaced."""
        return self._writer.publish(self._graded)

    def take(self, result: tuple[str, ...]) -> Task | None:
        """Write the points; the feedback pages come next, if they are wanted."""
        wanted = self._writer.save(self._digest, self._graded, result)
        return PagesTask(self._writer, self._graded) if wanted else None

    def give_up(self, reason: str) -> Task | None:
        """Leave the student to the next run."""
        return None


class PagesTask:
    """Has the feedback pages of a submission made."""

    on_worker = True

    def __init__(self, writer: Writer, graded: GradedSubmission) -> None:
        self.student = graded.student
        self.trouble = graded.trouble
        self._writer = writer
        self._graded = graded

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Have them made of what the gradebook says now."""
        grades = self._writer.feedback_grades(self.student)
        return pool.call(make_pages, self._graded.notebooks, grades, self._writer.show_hidden_tests)

    def take(self, result: dict[str, str] | str) -> Task | None:
        """Go on with putting them in place; a text says why there are none."""
        if isinstance(result, str):
            return self.give_up(result)
        return PublishPagesTask(self._writer, self.student, self.trouble, result)

    def give_up(self, reason: str) -> Task | None:
        """Note that there is no page."""
        self.trouble = f"there is no feedback page: {reason}"
        self._writer.note_trouble(self.student, self.trouble)
        return None


class PublishPagesTask:
    """Puts feedback pages in place: the student is done."""

    on_worker = False

    def __init__(self, writer: Writer, student: str, trouble: str | None, pages: dict[str, str]) -> None:
        self.student = student
        self.trouble = trouble
        self._writer = writer
        self._pages = pages

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Have feedback/ replaced."""
        return self._writer.publish_feedback(self.student, self._pages)

    def take(self, result: None) -> Task | None:
        """Note that all is written."""
        self._writer.finish(self.student)
        return None

    def give_up(self, reason: str) -> Task | None:
        """Leave the student to the next run."""
        return None


class StagedTask:
    """Writes what was set aside."""

    on_worker = False

    def __init__(self, writer: Writer, staging: Staging, student: str) -> None:
        self.student = student
        self.trouble: str | None = None
        self._writer = writer
        self._staging = staging

    def hand_out(self, pool: Pool) -> Future[Any]:
        """Nothing is left for a worker to do."""
        done: Future[Any] = Future()
        done.set_result(None)
        return done

    def take(self, result: None) -> Task | None:
        """Write the result; the feedback page comes next."""
        return WriteTask(self._writer, *self._staging.take(self.student))

    def give_up(self, reason: str) -> Task | None:
        """Keep what is written already."""
        return None


def make_pages(
    notebooks: tuple[GradedNotebook, ...], grades: dict[str, Grades], show_hidden_tests: bool
) -> dict[str, str] | str:
    """Make the feedback pages of a submission, by the name of the notebook; or say why that failed.

    Whatever a page is made of is a student's: nothing in it may end the class's run.
    """
    try:
        return {
            one.name: render(
                notebook_of(msgspec.json.decode(one.text)),
                grades[one.name],
                show_hidden_tests=show_hidden_tests,
            )
            for one in notebooks
        }
    except Exception as error:
        return f"the grader failed: {type(error).__name__}: {error}"
