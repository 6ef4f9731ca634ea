"""Grading a class through nbgrader: from release to feedback and grades.csv.

One student's trouble stays theirs.
"""

from __future__ import annotations

import filecmp
import shutil
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from warnings import WarningMessage

import nbformat
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import capture_log
from sqlalchemy.exc import SAWarning

from graders.assignment import Assignment, AssignmentError
from graders.course import Course
from graders.nbgrader_plugins.autograde import AutogradeClass
from graders.nbgrader_plugins.course import METADATA, nonce_of, truths_of
from graders.runner import RunnerError

LOG_FOLDER = Path(".graders") / "logs"
REPLACED_FOLDER = Path(".graders") / "replaced"


class StepError(Exception):
    """A step that concerns the whole class failed. The message says which, and what nbgrader said."""


@dataclass(frozen=True)
class StudentGrade:
    """What a student got: points by criterion (None: waits for manual grading), and the root causes named."""

    student: str
    points: Mapping[str, float | None] = field(default_factory=dict)
    root_causes: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str | None = None

    @property
    def score(self) -> float:
        """Points in total; what waits for manual grading counts as none so far."""
        return sum(points or 0.0 for points in self.points.values())


class ClassGrading:
    """Grades the submissions of one assignment, student by student."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self.course = course
        self.assignment = assignment
        self._nbgrader = NbGraderAPI(config=course.config())

    def check_reference(self, student: str) -> None:
        """Run the reference solution on a student's numbers.

        Raises StepError: without it nobody can be graded.
        """
        coursedir = self._nbgrader.coursedir
        try:
            truths = truths_of(coursedir, self.assignment)
            truths.for_nonce(nonce_of(coursedir, self.assignment.name, student))
        except (AssignmentError, RunnerError, OSError, ValueError) as error:
            raise StepError(f"nobody can be graded: {error}") from None

    def release(self) -> None:
        """Make the release version and enter the assignment into the gradebook. Raises StepError."""
        with _quiet():
            result = self._nbgrader.generate_assignment(self.assignment.name, force=True, create=True)
        if not result["success"]:
            raise StepError(
                f"nbgrader generate_assignment failed:\n{result.get('error') or result.get('log')}"
            )

    def collect(self, folder: Path) -> list[str]:
        """Copy submissions from folder/STUDENT/ASSIGNMENT to submitted/; return students whose work is new.

        What a new submission replaces is kept under .graders/replaced/.
        """
        sources = sorted(path for path in folder.glob(f"*/{self.assignment.name}") if path.is_dir())
        return [source.parent.name for source in sources if self._collect_one(source)]

    def _collect_one(self, source: Path) -> bool:
        target = self.submitted(source.parent.name)
        if target.is_dir():
            if _same_tree(source, target):
                return False
            kept = self.course.root / REPLACED_FOLDER / f"{source.parent.name}-{time.time_ns()}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(target, kept)
        shutil.copytree(source, target)
        return True

    def submitted(self, student: str) -> Path:
        """The folder of a student's submission."""
        return self.course.root / "submitted" / student / self.assignment.name

    def students(self) -> list[str]:
        """Students with a submission of this assignment."""
        return sorted(
            path.parent.name for path in self.course.root.glob(f"submitted/*/{self.assignment.name}")
        )

    def grade(self, student: str) -> StudentGrade:
        """Autograde one student and make the feedback; never raises for what is wrong with a submission."""
        with _quiet() as caught:
            results = [self._autograde(student)]
            if results[0]["success"]:
                results.append(self._nbgrader.generate_feedback(self.assignment.name, student_id=student))
        log = self._keep_log(student, results, caught)
        trouble = None if results[-1]["success"] else f"nbgrader could not grade this submission; see {log}"
        return self._result(student, trouble)

    def _autograde(self, student: str) -> Mapping[str, object]:
        coursedir = self._nbgrader.coursedir
        before = coursedir.assignment_id, coursedir.student_id
        coursedir.assignment_id, coursedir.student_id = self.assignment.name, student
        try:
            app = AutogradeClass(coursedir=coursedir, parent=self._nbgrader)
            app.force, app.create_student = True, True
            result: Mapping[str, object] = capture_log(app)
            return result
        finally:
            coursedir.assignment_id, coursedir.student_id = before

    def _keep_log(
        self, student: str, results: Iterable[Mapping[str, object]], caught: Iterable[WarningMessage]
    ) -> Path:
        """Write what nbgrader logged in each step, and warnings; return the log's path below the course."""
        path = LOG_FOLDER / self.assignment.name / f"{student}.log"
        (self.course.root / path).parent.mkdir(parents=True, exist_ok=True)
        texts = [str(result.get(key) or "") for result in results for key in ("log", "error")]
        texts += [f"{warning.category.__name__}: {warning.message}" for warning in caught]
        (self.course.root / path).write_text("\n".join(text for text in texts if text), "utf-8")
        return path

    def _result(self, student: str, trouble: str | None) -> StudentGrade:
        verdicts, notes = self._verdicts(student)
        causes = tuple(
            (name, str(verdict["cause"]))
            for name, verdict in verdicts.items()
            if verdict.get("cause") and not verdict.get("explained_by")
        )
        return StudentGrade(student, self._points(student), causes, notes, trouble)

    def _verdicts(self, student: str) -> tuple[Mapping[str, Mapping[str, object]], tuple[str, ...]]:
        path = (
            self.course.root / "autograded" / student / self.assignment.name / f"{self.assignment.name}.ipynb"
        )
        if not path.is_file():
            return {}, ()
        data = nbformat.read(path, as_version=4).metadata.get(METADATA, {})
        notes = [data["problem"]] if data.get("problem") else []
        return data.get("verdicts", {}), (*notes, *data.get("repairs", []))

    def _points(self, student: str) -> dict[str, float | None]:
        with Gradebook(self._nbgrader.coursedir.db_url, self._nbgrader.coursedir.course_id) as gradebook:
            try:
                notebook = gradebook.find_submission_notebook(
                    self.assignment.name, self.assignment.name, student
                )
            except MissingEntry:
                return {}
            scores = {grade.name: None if _waits(grade) else grade.score for grade in notebook.grades}
        return {name: scores.get(name) for name in self.assignment.points}

    def export(self) -> Path:
        """Write grades.csv with nbgrader's own exporter, and return its path."""
        path = self.course.root / "grades.csv"
        with Gradebook(self._nbgrader.coursedir.db_url, self._nbgrader.coursedir.course_id) as gradebook:
            exporter = CsvExportPlugin(config=self.course.config())
            exporter.to = str(path)
            exporter.export(gradebook)
        return path


def _waits(grade: Grade) -> bool:
    """Whether there are no points at all yet, neither from the judge nor from a human."""
    return bool(grade.auto_score is None and grade.manual_score is None)


@contextmanager
def _quiet() -> Iterator[list[WarningMessage]]:
    """Catch warnings for the log; those on how nbgrader uses its database are left out."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", SAWarning)
        yield caught


def _same_tree(one: Path, other: Path) -> bool:
    comparison = filecmp.dircmp(one, other)
    if comparison.left_only or comparison.right_only or comparison.funny_files:
        return False
    _, mismatch, errors = filecmp.cmpfiles(one, other, comparison.common_files, shallow=False)
    return (
        not mismatch
        and not errors
        and all(_same_tree(one / name, other / name) for name in comparison.common_dirs)
    )
