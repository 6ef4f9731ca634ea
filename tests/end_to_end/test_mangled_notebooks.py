"""Notebooks whose frame was damaged, and correct work that makes noise: graded as if it had not been."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import CourseFolder, Work
    from nbformat import NotebookNode

pytestmark = pytest.mark.timeout(900)

NOISE = """import os, sys, warnings
warnings.warn("a warning of the student's")
print("on stderr", file=sys.stderr)
os.write(2, b"past Python's streams")"""

PLOT = """import matplotlib.pyplot as plt
plt.figure(); plt.plot([1, 2]); plt.show()
"""


def without(notebook: NotebookNode, names: list[str]) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]
    return notebook


def with_twin(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell is there twice, with the same ids, as copying does it in some front ends."""
    at = next(i for i, cell in enumerate(notebook.cells) if cell.id == name)
    notebook.cells.insert(at, copy.deepcopy(notebook.cells[at]))
    return notebook


def split(notebook: NotebookNode, name: str, marker: str) -> NotebookNode:
    """The cell is split before the marker; both halves have its metadata."""
    notebook = with_twin(notebook, name)
    first, second = (cell for cell in notebook.cells if cell.id == name)
    at = first.source.index(marker)
    first.source, second.source, second.id = first.source[:at], first.source[at:], f"{name}-2"
    return notebook


def all_in_first(work: Work) -> NotebookNode:
    """Everything in the first solution cell, the other ones empty."""
    first, *others = work.solutions()
    everything = "\n\n".join(work.of(name) for name in (first, *others))
    return work.solved(**{first: everything, **dict.fromkeys(others, "")})


def edited(work: Work) -> NotebookNode:
    """Tests replaced by ones that cannot fail, in another order."""
    notebook = work.solved(**dict.fromkeys(work.tests(), "assert True"))
    notebook.cells.reverse()
    return notebook


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A class of damaged notebooks, graded in one run."""
    course = new_course()
    submissions = {
        "deleted_and_empty": without(work.untouched(), work.tests()),
        "deleted": without(work.solved(), work.tests()),
        "doubled": with_twin(work.solved(), "clipping"),
        "split": split(work.solved(), "solution_trainer", "    def train_epoch"),
        "split_between": split(work.solved(), "solution_checkpoint", "@method_of(Trainer)\ndef load"),
        "edited": edited(work),
        "in_first_cell": all_in_first(work),
        "noisy": work.solved(solution_trainer=PLOT + work.trainer(NOISE)),
    }
    for student, notebook in submissions.items():
        course.hand_in(student, notebook)
    done = course.grade()
    (course.root / "printed.txt").write_text(done.stdout)
    (course.root / "complained.txt").write_text(done.stderr)
    return course


FULL = ("deleted", "doubled", "split_between", "edited", "in_first_cell", "noisy")


@pytest.mark.parametrize("student", FULL)
def test_correct_work_gets_all_points(graded: CourseFolder, student: str) -> None:
    assert graded.scores()[student] == 100 and graded.lost(student) == set()


REPAIRS = {
    "deleted_and_empty": "the cell 'zero_grad' was missing, and put back",
    "deleted": "the cell 'zero_grad' was missing, and put back",
    "doubled": "the test cell 'clipping' was there more than once",
    "split": "the solution cell 'solution_trainer' was there more than once",
    "split_between": "the solution cell 'solution_checkpoint' was there more than once",
    "edited": "the cell 'zero_grad' was changed, and restored",
}


@pytest.mark.parametrize("student", REPAIRS)
def test_each_repair_is_told_to_student_and_instructor(graded: CourseFolder, student: str) -> None:
    assert REPAIRS[student] in graded.repairs(student)
    assert "Notes on your notebook" in graded.feedback(student)
    assert f"{student}: {REPAIRS[student]}" in (graded.root / "printed.txt").read_text()


@pytest.mark.parametrize("student", ["in_first_cell", "noisy"])
def test_a_whole_notebook_has_no_notes(graded: CourseFolder, student: str) -> None:
    assert graded.repairs(student) == "" and "Notes on your notebook" not in graded.feedback(student)


def test_an_empty_notebook_without_tests_gets_zero_and_waits_for_nobody(graded: CourseFolder) -> None:
    grades = graded.grades("deleted_and_empty")
    assert {name: grade[0] for name, grade in grades.items()} == dict.fromkeys(grades, 0.0)
    assert len(grades) == 9 and not any(waits for *_, waits in grades.values())


def test_a_trainer_split_in_its_class_is_graded_with_a_note(graded: CourseFolder) -> None:
    assert graded.scores()["split"] == 100
    assert "there more than once" in graded.repairs("split")


def test_the_whole_class_is_graded_without_noise_on_the_console(graded: CourseFolder) -> None:
    assert len(graded.rows()) == 8
    assert (graded.root / "complained.txt").read_text() == ""


def test_the_table_fits_into_100_columns(graded: CourseFolder) -> None:
    lines = (graded.root / "printed.txt").read_text().splitlines()
    rows = [line for line in lines if line.split()[:1] in (["deleted_and_empty"], ["noisy"])]
    assert len(rows) == 2 and all(len(line.rstrip()) <= 100 for line in rows)
    assert rows[1].split() == ["noisy", "100", "15", "15", "15", "15", "10", "10", "10", "5", "5"]
