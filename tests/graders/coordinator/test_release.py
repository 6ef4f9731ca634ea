"""The release version: a gradebook that cannot be read is told apart from one that knows nothing yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator import release as module
from graders.coordinator.release import ReleaseError, is_known, is_released, release
from graders.course import Course
from graders.gradebook import GradebookError

CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "training"\n'


def damaged(path: Path) -> None:
    path.write_text("garbage")


def in_the_wrong_place(path: Path) -> None:
    path.mkdir()


def of_another_program(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(16))


@pytest.fixture
def nbgrader(tmp_path: Path) -> NbGraderAPI:
    """nbgrader's commands in a course without a gradebook."""
    coursedir = CourseDirectory(root=str(tmp_path))
    return NbGraderAPI(coursedir, config=Config())


@pytest.mark.parametrize("make", [damaged, in_the_wrong_place, of_another_program])
def test_a_gradebook_that_cannot_be_read_is_an_error_with_the_remedy(
    nbgrader: NbGraderAPI, tmp_path: Path, lesson: Assignment, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "gradebook.db")
    with pytest.raises(GradebookError, match=r"gradebook\.db .*put back a backup"):
        is_known(lesson, nbgrader)


def test_without_a_gradebook_and_with_an_empty_one_nothing_is_known_yet(
    nbgrader: NbGraderAPI, tmp_path: Path, lesson: Assignment
) -> None:
    assert not is_known(lesson, nbgrader)
    (tmp_path / "gradebook.db").touch()
    assert not is_known(lesson, nbgrader)


def test_where_nbgrader_refuses_the_message_has_the_error_that_stopped_it(
    tmp_path: Path, bundle: Bundle, lesson: Assignment
) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    folder = tmp_path / "source" / lesson.name
    folder.mkdir(parents=True)
    text = (lesson.folder / f"{lesson.name}.ipynb").read_text("utf-8")
    assert "### END SOLUTION" in text
    (folder / f"{lesson.name}.ipynb").write_text(text.replace("### END SOLUTION", "", 1), "utf-8")
    course = Course(tmp_path)
    with pytest.raises(ReleaseError, match=r": RuntimeError: no end solution statement found\. Mend"):
        release(course, lesson, NbGraderAPI(config=course.config()))


def test_what_is_saved_while_the_release_version_is_made_is_not_taken_for_released(
    tmp_path: Path, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    folder = tmp_path / "source" / lesson.name
    shutil.copytree(lesson.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    course, ours = Course(tmp_path), replace(lesson, folder=folder)
    nbgrader = NbGraderAPI(config=course.config())
    generate = module._generate

    def saved_meanwhile(assignment: str, nbgrader: NbGraderAPI) -> None:
        generate(assignment, nbgrader)
        (folder / "notes.txt").write_text("saved by an editor")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_generate", saved_meanwhile)
        release(course, ours, nbgrader)
    assert not is_released(course, ours, nbgrader)
    release(course, ours, nbgrader)
    assert is_released(course, ours, nbgrader)
