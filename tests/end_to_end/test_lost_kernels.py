"""Code that ends its process, or never ends: it costs its own points, and the class goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

CELL_SECONDS = 12
"""The first cell imports matplotlib, and other tests keep the machine busy."""

EXIT = "import os; os._exit(0)\n"

DEAF_LOOP = """import time
while True:
    try:
        time.sleep(0.1)
    except BaseException:
        pass
"""

NEEDS_EVALUATE = {"modes", "history"}


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A class whose kernels are lost, graded in one run."""
    course = new_course()
    course.configure(f"c.ExecuteSubmission.timeout = {CELL_SECONDS}")
    submissions = {
        "exits_in_cell": work.solved(solution_evaluate=EXIT + work.of("solution_evaluate")),
        "exits_in_evaluate": work.solved(solution_evaluate=work.evaluate(EXIT)),
        "exits_in_train_epoch": work.solved(solution_trainer=work.trainer(EXIT)),
        "hangs_in_cell": work.solved(solution_schedule=DEAF_LOOP),
        "zz_correct": work.solved(),
    }
    for student, notebook in submissions.items():
        course.hand_in(student, notebook)
    course.grade()
    return course


@pytest.mark.parametrize("student", ["exits_in_cell", "exits_in_evaluate"])
def test_a_cell_that_ends_the_kernel_costs_the_points_that_need_it(
    graded: CourseFolder, student: str
) -> None:
    assert graded.lost(student) == NEEDS_EVALUATE
    assert graded.scores()[student] >= 85


def test_a_trainer_that_ends_the_kernel_gets_nothing_but_a_report(graded: CourseFolder) -> None:
    assert graded.scores()["exits_in_train_epoch"] == 0
    assert graded.feedback("exits_in_train_epoch").count("the cell ended the kernel") >= 9


def test_a_loop_that_swallows_interrupts_costs_the_points_of_its_cell(graded: CourseFolder) -> None:
    assert graded.lost("hangs_in_cell") == {"scheduling"}
    assert 85 < graded.scores()["hangs_in_cell"] < 100


def test_the_report_says_what_happened(graded: CourseFolder) -> None:
    assert "the cell ended the kernel" in graded.feedback("exits_in_evaluate")
    assert "in time" in graded.feedback("hangs_in_cell") or "TimeoutError" in graded.feedback("hangs_in_cell")


def test_the_rest_of_the_class_is_graded(graded: CourseFolder) -> None:
    assert graded.scores()["zz_correct"] == 100
    assert len(graded.rows()) == 5


def test_nobody_waits_for_a_grader(graded: CourseFolder) -> None:
    for student in graded.scores():
        assert not any(waits for *_, waits in graded.grades(student).values())
