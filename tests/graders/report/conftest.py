"""A course whose gradebook and autograded notebooks are made by hand: every state of a student's work."""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from graders.course import Course

ASSIGNMENT = "07_training"
POINTS = {"zero_grad": 15.0, "scheduling": 15.0, "essay": 10.0}
CONFIG = """from traitlets.config import Config

c = get_config()
c.CourseDirectory.course_id = "training"
"""


@dataclass(frozen=True)
class MadeCourse:
    """A course in a temporary folder, filled by hand."""

    root: Path

    @property
    def course(self) -> Course:
        return Course(self.root)

    @property
    def gradebook(self) -> Path:
        return self.root / "gradebook.db"

    def hand_in(self, student: str) -> None:
        (self.root / "submitted" / student / ASSIGNMENT).mkdir(parents=True)

    def autograded(self, student: str, notes: Mapping[str, Any], *cells: Mapping[str, Any]) -> Path:
        """Write an autograded notebook with the judge's notes."""
        path = self.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = {
            "cells": list(cells),
            "metadata": {"graders": notes},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path.write_text(json.dumps(notebook))
        return path

    def feedback(self, student: str) -> None:
        page = self.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        page.parent.mkdir(parents=True)
        page.write_text("<p>feedback</p>")

    @staticmethod
    def solution_cell(source: str) -> dict[str, Any]:
        """A cell of a student's work."""
        nbgrader = {
            "grade_id": "work",
            "solution": True,
            "grade": False,
            "locked": False,
            "schema_version": 3,
        }
        return {
            "cell_type": "code",
            "execution_count": None,
            "id": "work",
            "metadata": {"nbgrader": nbgrader},
            "outputs": [],
            "source": source,
        }

    @staticmethod
    def verdict(
        cause: str | None = None, explained_by: str | None = None, outcome: str = ""
    ) -> dict[str, Any]:
        """A verdict as the judge keeps it."""
        told = outcome or ("failed" if cause else "passed")
        return {
            "score": 0.0,
            "max": 15.0,
            "outcome": told,
            "cause": cause or None,
            "explained_by": explained_by,
        }


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six students: three graded, one of them in trouble, one waiting, one ungraded, one without work."""
    root = tmp_path_factory.mktemp("pattern")
    (root / "source").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # nbgrader starts alembic by its name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        warnings.simplefilter("ignore", SAWarning)
        _fill(MadeCourse(root))
    return root


@pytest.fixture
def made(pattern: Path, tmp_path: Path) -> MadeCourse:
    """A copy of the course for each test."""
    return MadeCourse(Path(shutil.copytree(pattern, tmp_path / "course")))


def _fill(course: MadeCourse) -> None:
    with Gradebook(f"sqlite:///{course.gradebook}", "training") as gradebook:
        gradebook.add_assignment(ASSIGNMENT)
        gradebook.add_notebook(ASSIGNMENT, ASSIGNMENT)
        for name, most in POINTS.items():
            gradebook.add_grade_cell(name, ASSIGNMENT, ASSIGNMENT, max_score=most, cell_type="code")
        for student in ("ash", "birch", "cedar", "elm", "fir"):
            gradebook.add_student(student)
        gradebook.update_or_create_student("ash", first_name="Ash", last_name="<b>Tree</b>")
        _submit(gradebook, "ash", zero_grad=15, scheduling=15, essay=10)
        _submit(gradebook, "birch", zero_grad=0, scheduling=7.5, essay=5)
        _submit(gradebook, "cedar", zero_grad=0, scheduling=15, essay=None)
        _submit(gradebook, "elm", zero_grad=0, scheduling=0, essay=0)
    course.autograded(
        "ash", {"verdicts": {"zero_grad": course.verdict(), "scheduling": course.verdict()}, "seconds": 1.25}
    )
    course.autograded(
        "birch",
        {
            "verdicts": {
                "zero_grad": course.verdict("never_cleared"),
                "scheduling": course.verdict("off_by_one", explained_by="zero_grad"),
            },
            "repairs": ["the cell 'essay' was missing, and put back"],
            "seconds": 7.5,
        },
    )
    course.autograded("cedar", {"verdicts": {"zero_grad": course.verdict("never_cleared")}})
    course.autograded("elm", {"verdicts": {"zero_grad": course.verdict("unreadable")}, "problem": "no JSON"})
    for student in ("ash", "birch", "cedar", "elm", "ivy"):
        course.hand_in(student)
    course.feedback("ash")


def _submit(gradebook: Gradebook, student: str, **scores: float | None) -> None:
    gradebook.add_submission(ASSIGNMENT, student, timestamp=datetime(2026, 11, 15, 18, 0))
    for name, score in scores.items():
        grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
        grade.auto_score = score
        grade.needs_manual_grade = score is None
    gradebook.db.commit()
