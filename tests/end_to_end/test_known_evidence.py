"""What known bugs leave is kept from run to run; without it, or with a damaged file, results are the same."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graders.library import chaffs

if TYPE_CHECKING:
    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

ASSIGNMENT = "07_training"
BUGS = ("zero_grad/backward_called_twice", "history/class_level_history", "modes/trainer_flag_only")


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A class of one student for each bug, and one without."""
    made = new_course()
    empty = dict.fromkeys(work.solutions(), "")
    first = next(iter(empty))
    for number, name in enumerate(BUGS):
        source = next(bug.source for bug in chaffs() if bug.name == f"chaffs/{name}")
        made.hand_in(f"student{number}", work.solved(**{**empty, first: source}))
    made.hand_in("correct", work.solved())
    return made


def known(course: CourseFolder) -> dict[str, dict[str, str | None]]:
    """What is kept, by file."""
    paths = (course.root / ".graders" / "known" / ASSIGNMENT).glob("*.json")
    return {path.name: json.loads(path.read_bytes())["texts"] for path in paths}


def results(course: CourseFolder) -> Mapping[str, str]:
    """The autograded notebooks, without times and names of temporary folders."""
    texts = {path.parent.parent.name: path.read_text() for path in course.root.glob("autograded/*/*/*.ipynb")}
    return {
        student: re.sub(r"tinystack-\w+", "", re.sub(r'"seconds": [\d.]+', "", text))
        for student, text in texts.items()
    }


def test_runs_keep_what_they_find_out_and_come_to_the_same_with_it_and_without(course: CourseFolder) -> None:
    course.grade()
    unaided, found = results(course), known(course)
    assert len(unaided) == len(BUGS) + 1 and sum(map(len, found.values())) > len(BUGS)
    course.grade("--force")
    assert (results(course), known(course)) == (unaided, found)
    for path in (course.root / ".graders" / "known" / ASSIGNMENT).iterdir():
        path.write_bytes(path.read_bytes()[:-1000])
    course.grade("--force", "--jobs", "1")
    assert results(course) == unaided
    assert {name: texts.keys() for name, texts in known(course).items()} == {
        name: texts.keys() for name, texts in found.items()
    }
    shutil.rmtree(course.root / ".graders" / "known")
    prepared(course)
    course.grade("--force")
    assert results(course) == unaided


def prepared(course: CourseFolder) -> None:
    """Have everything found out ahead."""
    done = course.run("graders", "release", ASSIGNMENT)
    assert done.returncode == 0 and f"{len(chaffs())} known bugs" in done.stdout, done.stdout + done.stderr
    before = {
        path: path.stat().st_mtime_ns for path in Path(course.root, ".graders", "known").rglob("*.json")
    }
    assert all(len(texts) > len(chaffs()) for texts in known(course).values()) and len(before) == 2
    again = course.run("graders", "release", ASSIGNMENT)
    assert again.returncode == 0 and "known bugs" not in again.stdout
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
