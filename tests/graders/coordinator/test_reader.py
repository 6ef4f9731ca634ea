"""What is read of a student's earlier grading: where some of it is gone or damaged, that student is run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.coursedir import CourseDirectory

from graders.assignment import Assignment, is_test
from graders.bundle import Bundle
from graders.coordinator.plan import Plan, Work
from graders.coordinator.reader import Reader
from graders.coordinator.state import State
from graders.coordinator.submissions import digest_of
from graders.gradebook import StoredSubmission
from graders.marking import set_evidence

STUDENT = "fern"
CHANGED = Plan(Work.GRADE, "changed hidden tests", changed=True)


@pytest.fixture
def autograded(tmp_path: Path, lesson: Assignment) -> Path:
    """An autograded notebook in which every test but the last has left evidence."""
    path = tmp_path / "autograded" / STUDENT / lesson.name / f"{lesson.name}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = copy.deepcopy(lesson.notebook)
    tests = [cell for cell in notebook.cells if is_test(cell)]
    for cell in tests[:-1]:
        set_evidence(cell, ["{}"])
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def reader(tmp_path: Path, lesson: Assignment, bundle: Bundle, autograded: Path) -> Reader:
    """A reader of a course in which a student was graded, and nothing has changed since."""
    found = Reader(CourseDirectory(root=str(tmp_path)), lesson, bundle)
    digest = digest_of(found.read(STUDENT))
    found.states.write(STUDENT, State(digest, found.version, {}, nonce=found.nonce_of(STUDENT)))
    return found


def work(reader: Reader) -> Work:
    return reader.plans([STUDENT])[STUDENT].work


def test_who_was_graded_is_up_to_date_as_long_as_the_autograded_notebook_is_there(
    reader: Reader, autograded: Path
) -> None:
    assert work(reader) is Work.NOTHING
    autograded.unlink()
    assert work(reader) is Work.GRADE


def test_a_changed_test_leaves_the_evidence_of_the_others_and_none_of_one_that_left_none(
    reader: Reader, lesson: Assignment
) -> None:
    first, *others = lesson.experiments
    reader.version = replace(reader.version, experiments={**reader.version.experiments, first.name: "new"})
    evidence = reader.read(STUDENT, CHANGED).evidence
    assert evidence == {one.name: ("{}",) for one in others[:-1]}


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def in_another_encoding(path: Path) -> None:
    path.write_bytes("\u00e9".encode("latin-1"))


def no_notebook(path: Path) -> None:
    path.write_text("[]")


@pytest.mark.parametrize("damage", [truncated, in_another_encoding, no_notebook])
def test_a_damaged_autograded_notebook_costs_the_student_a_run_and_the_class_nothing(
    reader: Reader, lesson: Assignment, autograded: Path, damage: Callable[[Path], None]
) -> None:
    damage(autograded)
    assert reader.read(STUDENT, CHANGED).evidence == {}
    assert list(reader.autograded_texts(STUDENT)) == [lesson.name]


@pytest.mark.parametrize(
    ("points", "changed"), [({"modes": 5.0, "essay": None}, True), ({"modes": None}, False), ({}, False)]
)
def test_who_has_points_in_the_gradebook_and_no_state_was_graded_by_other_means(
    reader: Reader, points: dict[str, float | None], changed: bool
) -> None:
    reader.states.forget(STUDENT)
    stored = {STUDENT: StoredSubmission(STUDENT, None, {"lesson": points})}
    assert reader.plans([STUDENT], stored)[STUDENT].changed is changed
    assert not reader.plans([STUDENT])[STUDENT].changed
