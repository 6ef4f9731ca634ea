"""Grading a class through nbgrader: release, collect, autograde, feedback, grades.csv. One student's trouble stays theirs."""

from __future__ import annotations

import filecmp
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from nbgrader.utils import capture_log

from graders.assignment import Assignment
from graders.course import Course
from graders.nbgrader_plugins.autograde import AutogradeClass
from graders.nbgrader_plugins.course import METADATA

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

    def release(self) -> None:
        """Make the release version and enter the assignment into the gradebook. Raises StepError."""
        result = self._nbgrader.generate_assignment(self.assignment.name, force=True, create=True)
        if not result["success"]:
            raise StepError(
                f"nbgrader generate_assignment failed:\n{result.get('error') or result.get('log')}"
            )

    def collect(self, folder: Path) -> list[str]:
        """Copy submissions, as folder/STUDENT/ASSIGNMENT, into submitted/; return the students whose work is new.

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
        trouble = self._autograde(student) or self._feedback(student)
        return self._result(student, trouble)

    def _autograde(self, student: str) -> str | None:
        coursedir = self._nbgrader.coursedir
        before = coursedir.assignment_id, coursedir.student_id
        coursedir.assignment_id, coursedir.student_id = self.assignment.name, student
        try:
            app = AutogradeClass(coursedir=coursedir, parent=self._nbgrader)
            app.force, app.create_student = True, True
            return self._log(student, capture_log(app))
        finally:
            coursedir.assignment_id, coursedir.student_id = before

    def _feedback(self, student: str) -> str | None:
        return self._log(student, self._nbgrader.generate_feedback(self.assignment.name, student_id=student))

    def _log(self, student: str, result: Mapping[str, object]) -> str | None:
        """Keep what nbgrader logged; return a line that names the log if it failed."""
        path = self.course.root / LOG_FOLDER / self.assignment.name / f"{student}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{result.get('log', '')}\n{result.get('error', '')}")
        return (
            None
            if result["success"]
            else f"nbgrader could not grade this submission; see {path.relative_to(self.course.root)}"
        )

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
            scores = {
                grade.name: None if grade.needs_manual_grade and grade.auto_score is None else grade.score
                for grade in notebook.grades
            }
        return {name: scores.get(name) for name in self.assignment.points}

    def export(self) -> Path:
        """Write grades.csv with nbgrader's own exporter, and return its path."""
        path = self.course.root / "grades.csv"
        with Gradebook(self._nbgrader.coursedir.db_url, self._nbgrader.coursedir.course_id) as gradebook:
            exporter = CsvExportPlugin(config=self.course.config())
            exporter.to = str(path)
            exporter.export(gradebook)
        return path


def count_causes(grades: Iterable[StudentGrade]) -> Sequence[tuple[tuple[str, str], int]]:
    """Count students by root cause, as (criterion, cause), most frequent first."""
    return Counter(cause for grade in grades for cause in set(grade.root_causes)).most_common()


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
