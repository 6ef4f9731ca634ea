"""The head start: a nursery is offered while a class is graded, unless it is not wanted or there is none."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.cli import head_start as module
from graders.cli.head_start import begin_imports, head_start, is_first_grading
from graders.course import STATES, Course
from graders.runner.nursery import Nursery, offered
from graders.sandbox import SANDBOXED, SandboxError, machine


@pytest.fixture
def course(tmp_path: Path, lesson: Assignment) -> Course:
    """A course in which two students have handed something in; the second one's is a folder."""
    book = tmp_path / "submitted" / "fern" / lesson.name / f"{lesson.name}.ipynb"
    book.parent.mkdir(parents=True)
    book.write_bytes(b"import matplotlib.pyplot")
    (tmp_path / "submitted" / "moss" / lesson.name / book.name).mkdir(parents=True)
    return Course(tmp_path)


def test_a_nursery_is_offered_to_the_end_of_the_block_and_leaves_nothing(
    course: Course, lesson: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if machine.missing():
        pytest.skip("no sandbox on this machine")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    ordered: list[tuple[str, ...]] = []
    preload = Nursery.preload

    def noted(nursery: Nursery, modules: Sequence[str]) -> None:
        ordered.append(tuple(modules))
        preload(nursery, modules)

    monkeypatch.setattr(Nursery, "preload", noted)
    with head_start(lesson.folder, wanted=True) as nursery:
        assert nursery is not None and offered(lesson.folder, SANDBOXED) is nursery
        begin_imports(nursery, course, lesson)
    assert offered(lesson.folder, SANDBOXED) is None
    assert not list((tmp_path / "temporary").iterdir())
    assert "matplotlib.pyplot" in ordered[0] and len(ordered) == 1


def test_none_is_offered_where_none_is_wanted_or_there_can_be_none(
    lesson: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def refuse(assignment: Path) -> Nursery:
        tried.append(assignment)
        raise SandboxError("no bubblewrap")

    monkeypatch.setattr(module, "Nursery", refuse)
    for folder, wanted in ((lesson.folder, False), (tmp_path, True), (lesson.folder, True)):
        with head_start(folder, wanted=wanted) as nursery:
            assert nursery is None and offered(folder, SANDBOXED) is None
    assert tried == [lesson.folder]


def test_the_first_grading_is_the_one_before_there_are_states(course: Course, lesson: Assignment) -> None:
    folder = course.root / STATES / lesson.name
    assert is_first_grading(course, lesson.name)
    folder.mkdir(parents=True)
    assert is_first_grading(course, lesson.name)
    (folder / "fern.json").write_text("{}")
    assert not is_first_grading(course, lesson.name)
