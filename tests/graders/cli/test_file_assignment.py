"""The assignment that a file is for: told by its place, its name, or the ids of its cells."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from graders.authoring.skeleton import notebook
from graders.cli.file_assignment import assignment_of_file
from graders.course import Course

MEAN = "09_running_mean"
OTHER = "10_other"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of two assignments, one of them made from the other's notebook, with a cell of its own."""
    other = notebook(OTHER)
    for cell in other.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.grade_id += "_other"
    other.cells[1].metadata.nbgrader.grade_id = "imports"
    for name, made in ((MEAN, notebook(MEAN)), (OTHER, other)):
        (tmp_path / "source" / name).mkdir(parents=True)
        nbformat.write(made, tmp_path / "source" / name / f"{name}.ipynb")
    (tmp_path / "nbgrader_config.py").touch()
    return Course(tmp_path)


def source_of(course: Course, name: str) -> Path:
    return course.folder(name) / f"{name}.ipynb"


@pytest.mark.parametrize(
    "place",
    [
        f"{OTHER}.py",
        f"submitted/ann/{OTHER}/mine.py",
        f"specimens/{OTHER}/chaffs/point/bug.py",
        f"{MEAN}/{OTHER}.ipynb",
        f"{OTHER}/gone.ipynb",
    ],
)
def test_a_name_tells_whether_the_file_can_be_read_or_not(course: Course, place: str) -> None:
    assert assignment_of_file(course.root / place, course) == OTHER


def test_a_file_elsewhere_is_told_by_its_folders_and_one_in_the_course_not_by_those_above_the_course(
    course: Course, tmp_path: Path
) -> None:
    assert assignment_of_file(tmp_path.parent / MEAN / "ann" / "mine.py", course) == MEAN
    moved = tmp_path / OTHER
    moved.mkdir()
    (tmp_path / "source").rename(moved / "source")
    assert assignment_of_file(moved / "mine.py", Course(moved)) is None


@pytest.mark.parametrize("name", [MEAN, OTHER])
def test_a_notebook_of_another_name_is_told_by_its_cells(course: Course, tmp_path: Path, name: str) -> None:
    handed_in = tmp_path / "ann_1234_homework.ipynb"
    shutil.copy(source_of(course, name), handed_in)
    assert assignment_of_file(handed_in, course) == name


def test_cells_that_two_assignments_have_tell_nothing(course: Course, tmp_path: Path) -> None:
    shared = nbformat.v4.new_notebook(cells=[notebook(MEAN).cells[1]])
    nbformat.write(shared, tmp_path / "shared.ipynb")
    assert assignment_of_file(tmp_path / "shared.ipynb", course) is None


@pytest.mark.parametrize("name", ["gone.ipynb", "broken.ipynb", "empty.ipynb", "trainer.py"])
def test_what_has_neither_a_name_nor_cells_tells_nothing(course: Course, tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    (tmp_path / "trainer.py").write_text("imports = 1\n")
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "empty.ipynb")
    assert assignment_of_file(tmp_path / name, course) is None


def test_an_assignment_that_cannot_be_read_is_none_that_a_notebook_is_for(
    course: Course, tmp_path: Path
) -> None:
    handed_in = tmp_path / "homework.ipynb"
    shutil.copy(source_of(course, MEAN), handed_in)
    source_of(course, OTHER).write_text("{")
    assert assignment_of_file(handed_in, course) == MEAN
