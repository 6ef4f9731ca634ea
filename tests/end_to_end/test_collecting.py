"""Collecting submissions from a folder, in one process: nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graders.class_grading import ClassGrading
from graders.course import Course

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CourseFolder


@pytest.fixture
def grading(new_course: Callable[[], CourseFolder]) -> ClassGrading:
    course = Course(new_course().root)
    return ClassGrading(course, course.assignment("07_training"))


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """A folder with two submissions, and with things that are none."""
    for student in ("ada", "bob"):
        folder = tmp_path / student / "07_training"
        (folder / "data").mkdir(parents=True)
        (folder / "07_training.ipynb").write_text(f"work of {student}")
        (folder / "data" / "notes.txt").write_text("1")
    (tmp_path / "bob" / "08_other").mkdir()
    (tmp_path / "README.md").write_text("no submission")
    return tmp_path


def kept(grading: ClassGrading) -> list[Path]:
    return sorted((grading.course.root / ".graders" / "replaced").glob("*"))


def test_submissions_are_copied_whole(grading: ClassGrading, handed_in: Path) -> None:
    assert grading.collect(handed_in) == ["ada", "bob"] == grading.students()
    assert (grading.submitted("ada") / "07_training.ipynb").read_text() == "work of ada"
    assert (grading.submitted("bob") / "data" / "notes.txt").read_text() == "1"
    assert not (grading.course.root / "submitted" / "bob" / "08_other").exists()


def test_collecting_again_changes_nothing(grading: ClassGrading, handed_in: Path) -> None:
    grading.collect(handed_in)
    assert grading.collect(handed_in) == [] and kept(grading) == []


@pytest.mark.parametrize("name", ["07_training.ipynb", "data/notes.txt", "data/new.txt"])
def test_a_changed_submission_replaces_the_old_one_which_is_kept(
    grading: ClassGrading, handed_in: Path, name: str
) -> None:
    grading.collect(handed_in)
    (handed_in / "ada" / "07_training" / name).write_text("2")
    assert grading.collect(handed_in) == ["ada"]
    assert (grading.submitted("ada") / name).read_text() == "2"
    (old,) = kept(grading)
    assert old.name.startswith("ada") and (old / "07_training.ipynb").read_text() == "work of ada"
    assert not (old / name).is_file() or (old / name).read_text() != "2"


def test_each_replaced_submission_is_kept(grading: ClassGrading, handed_in: Path) -> None:
    for version in ("2", "3", "4"):
        (handed_in / "ada" / "07_training" / "07_training.ipynb").write_text(version)
        grading.collect(handed_in)
    assert sorted((old / "07_training.ipynb").read_text() for old in kept(grading)) == ["2", "3"]


def test_who_handed_in_before_and_is_not_in_the_folder_stays(grading: ClassGrading, handed_in: Path) -> None:
    grading.collect(handed_in)
    grading.submitted("carl").mkdir(parents=True)
    grading.collect(handed_in)
    assert grading.students() == ["ada", "bob", "carl"]
