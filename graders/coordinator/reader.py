"""What the coordinator reads of a course: submissions, what they left at earlier gradings, and the states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from nbgrader.coursedir import CourseDirectory

from graders.assignment import Assignment, is_test, nbgrader_data
from graders.bundle import Bundle, Submitted
from graders.coordinator.plan import Found, Plan, Work, plan
from graders.coordinator.second_names import SecondNames
from graders.coordinator.state import States
from graders.coordinator.submissions import digest_of, read_submission
from graders.coordinator.version import version_of
from graders.gradebook import StoredSubmission
from graders.graded import GradedSubmission
from graders.marking import evidence_texts
from graders.nonce import course_secret, nonce_for
from graders.submission import SubmissionError, read_notebook
from graders.worker import ungraded


class Reader:
    """Reads what there is of one assignment of a course, with the version of it that a bundle has."""

    def __init__(self, coursedir: CourseDirectory, assignment: Assignment, bundle: Bundle) -> None:
        root = Path(coursedir.root)
        self._coursedir = coursedir
        self._assignment = assignment
        self._bundle = bundle
        self._secret = course_secret(root)
        self._second_names = SecondNames(root)
        self.states = States(root, assignment.name)
        self.version = version_of(bundle, assignment)

    def plans(
        self,
        students: Iterable[str],
        graded: Mapping[str, StoredSubmission] | None = None,
        by_hand: Mapping[str, str] | None = None,
        *,
        feedback: bool = False,
    ) -> dict[str, Plan]:
        """Decide what each student needs.

        graded: what the gradebook has of whom; None: whoever was graded. by_hand: digests of what humans have
        entered, where they have; None: as it was. feedback: pages are wanted.
        """
        return {student: self._plan(student, graded, by_hand, feedback) for student in students}

    def _plan(
        self,
        student: str,
        graded: Mapping[str, StoredSubmission] | None,
        by_hand: Mapping[str, str] | None,
        feedback: bool,
    ) -> Plan:
        state = self.states.of(student)
        stored = None if graded is None else graded.get(student)
        found = Found(
            graded=(graded is None or student in graded)
            and all(path.is_file() for path in self._autograded(student)),
            points=stored is not None and any(points is not None for points in stored.cells.values()),
            pages=not feedback
            or (state is not None and state.pages and self._folder("feedback", student).is_dir()),
            by_hand=None if by_hand is None else by_hand.get(student, ""),
            nonce=self.nonce_of(student),
        )
        return plan(state, digest_of(self.read(student)), self.version, found)

    def nonce_of(self, student: str) -> str:
        """Return the nonce of a student's submission."""
        return nonce_for(self._secret, self._assignment.name, student)

    def read(self, student: str, plan: Plan | None = None) -> Submitted:
        """Read a submission; where hidden tests have changed, with the evidence of those that have not."""
        names = self._bundle.frame.notebooks
        submitted = read_submission(
            self._coursedir, self._assignment.name, student, names, self._second_names
        )
        if plan is None or not (plan.changed and plan.work is Work.GRADE):
            return submitted
        return replace(submitted, evidence=self._still_valid(student))

    def _still_valid(self, student: str) -> dict[str, tuple[str, ...]]:
        state = self.states.of(student)
        if state is None or state.version.setting != self.version.setting:
            return {}
        try:
            notebook = read_notebook(self._folder("autograded", student) / f"{self._assignment.name}.ipynb")
        except SubmissionError:  # all tests are run then
            return {}
        cells = [cell for cell in notebook.cells if is_test(cell)]
        known = {nbgrader_data(cell).grade_id: evidence_texts(cell) for cell in cells}
        return {
            name: known[name]
            for name, digest in self.version.experiments.items()
            if known.get(name) and state.version.experiments.get(name) == digest
        }

    def _folder(self, step: Literal["autograded", "feedback"], student: str) -> Path:
        """The folder of what a step of grading has made of a student's submission."""
        directory = getattr(self._coursedir, f"{step}_directory")
        return Path(self._coursedir.format_path(directory, student, self._assignment.name))

    def _autograded(self, student: str) -> list[Path]:
        """Where a student's autograded notebooks are."""
        folder = self._folder("autograded", student)
        return [folder / f"{name}.ipynb" for name in self._bundle.frame.notebooks]

    def autograded_texts(self, student: str) -> dict[str, str]:
        """Read a student's autograded notebooks, by name; those that are there."""
        return {
            path.stem: path.read_text("utf-8", errors="replace")
            for path in self._autograded(student)
            if path.is_file()
        }

    def ungraded(self, submitted: Submitted, reason: str) -> GradedSubmission:
        """Return a result in which every cell waits for a human, for a reason that is not the student's."""
        return ungraded(self._assignment, self._bundle, submitted, reason)
