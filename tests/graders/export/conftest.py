"""A gradebook of five students, made by hand, and the samples of what the systems export."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

ASSIGNMENT = "07_training"
POINTS = {"zero_grad": 15.0, "scheduling": 15.0, "essay": 10.0}

Export = Callable[..., Path]


@pytest.fixture
def samples() -> Path:
    """The folder of the sample files."""
    return Path(__file__).with_name("samples")


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook: cedar waits for a human, fir handed nothing in, yew is in no file of the systems."""
    path = tmp_path_factory.mktemp("pattern") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # nbgrader starts alembic by its name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        warnings.simplefilter("ignore", SAWarning)
        with Gradebook(f"sqlite:///{path}", "training") as gradebook:
            _fill(gradebook)
    return path


def _fill(gradebook: Gradebook) -> None:
    gradebook.add_assignment(ASSIGNMENT)
    gradebook.add_notebook(ASSIGNMENT, ASSIGNMENT)
    for name, most in POINTS.items():
        gradebook.add_grade_cell(name, ASSIGNMENT, ASSIGNMENT, max_score=most, cell_type="code")
    for student in ("ash", "birch", "cedar", "elm", "fir", "yew"):
        gradebook.add_student(student, email=f"{student}@example.edu", first_name=student.title())
    _submit(gradebook, "ash", zero_grad=15, scheduling=15, essay=9.5)
    _submit(gradebook, "birch", zero_grad=0, scheduling=7.5, essay=5)
    _submit(gradebook, "cedar", zero_grad=0, scheduling=15, essay=None)
    _submit(gradebook, "elm", zero_grad=5, scheduling=0, essay=0)
    _submit(gradebook, "yew", zero_grad=15, scheduling=0, essay=0)
    gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "yew").late_submission_penalty = 4.0
    gradebook.db.commit()


def _submit(gradebook: Gradebook, student: str, **scores: float | None) -> None:
    gradebook.add_submission(ASSIGNMENT, student)
    for name, score in scores.items():
        grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
        grade.auto_score, grade.needs_manual_grade = score, score is None
    gradebook.db.commit()


@pytest.fixture
def gradebook(pattern: Path, tmp_path: Path) -> Iterator[Gradebook]:
    """A copy of the gradebook for each test."""
    path = shutil.copy(pattern, tmp_path / "gradebook.db")
    with Gradebook(f"sqlite:///{path}", "training") as opened:
        yield opened


@pytest.fixture
def export(gradebook: Gradebook, tmp_path: Path) -> Export:
    """export(Plugin, **settings): the file that a plug-in writes, which it need not do."""

    def run(plugin: type, **settings: object) -> Path:
        target = tmp_path / "out.csv"
        made = plugin(
            to=str(target), **{k: str(v) if isinstance(v, Path) else v for k, v in settings.items()}
        )
        made.fill_in(gradebook)
        return target

    return run
