"""The class in the terminal: who waits for what, and titles and headings that can be read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from rich.console import Console

from graders.assignment import Assignment
from graders.cli.class_table import print_changes, print_class
from graders.coordinator import Change, StudentGrade

CONFIRM = "wait for your confirmation (in formgrader, press Resolve beside them)"


@dataclass(frozen=True)
class Points:
    """What the table asks an assignment for."""

    name: str = "07_training"
    points: dict[str, float] = field(default_factory=lambda: {"zero_grad": 15.0, "convergence": 15.0})


def shown(grades: Sequence[StudentGrade], assignment: Points | None = None, width: int = 100) -> str:
    """What is printed of a class."""
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None)
    print_class(console, cast(Assignment, assignment or Points()), grades)
    return text.getvalue()


def shown_changes(*changes: Change) -> list[str]:
    """The lines that are printed of changed points."""
    text = io.StringIO()
    print_changes(Console(file=text, width=100, color_system=None), changes, ["zero_grad"])
    return text.getvalue().splitlines()


def test_points_by_hand_that_wait_are_told_apart_from_points_that_nobody_gave() -> None:
    badger = StudentGrade("badger", {"zero_grad": 0.0, "convergence": 10.0}, unconfirmed=("convergence",))
    moss = StudentGrade("moss", {"zero_grad": None, "convergence": 0.0}, waiting=("zero_grad",))
    fern = StudentGrade("fern", {"zero_grad": 15.0, "convergence": 15.0})
    lines = shown([badger, fern, moss]).splitlines()
    assert f"badger: points given by hand in 'convergence' {CONFIRM}" in lines
    assert "Needs manual grading: moss" in lines
    assert not any("fern" in line and ":" in line for line in lines)


def test_students_with_the_same_points_by_hand_share_a_line() -> None:
    both = ("convergence", "zero_grad")
    grades = [StudentGrade(name, dict.fromkeys(both, 1.0), unconfirmed=both) for name in ("ash", "elm")]
    assert f"ash, elm: points given by hand in 'zero_grad', 'convergence' {CONFIRM}" in shown(grades)


def test_students_with_the_same_trouble_share_a_line_and_a_remedy() -> None:
    failed = "the grader failed on 07_training.ipynb: NameError: name 'x' is not defined"
    troubles = {"ash": failed, "elm": "not graded: the run broke off before", "fern": None, "moss": failed}
    grades = [StudentGrade(name, {"zero_grad": None}, trouble=trouble) for name, trouble in troubles.items()]
    *_, first, second, remedy = shown(grades).splitlines()
    assert (first, second) == (f"ash, moss: {failed}", f"elm: {troubles['elm']}")
    assert remedy.startswith("Run the command again") and "if it stays, report" in remedy
    assert "Run the command again" not in shown([grades[2]])


def test_a_title_stays_in_one_line_above_a_narrow_table() -> None:
    grades = [StudentGrade("ash", {"loops": 1.0}), StudentGrade("elm", {"loops": 0.0})]
    table = Points("09_an_assignment_with_a_long_name", {"loops": 1.0})
    assert shown(grades, table).splitlines()[0] == "09_an_assignment_with_a_long_name: 2 submissions"
    assert shown(grades[:1], table).splitlines()[0].endswith(": 1 submission")
    (title, *_) = shown_changes(Change("ash", {"zero_grad": 1.0}, {"zero_grad": 2.0}))
    assert title == "The assignment has changed: points of 1 of 1 student change"


def test_a_sentence_of_any_length_is_one_line_which_the_terminal_wraps_where_it_ends() -> None:
    badger = StudentGrade("badger", {"zero_grad": 0.0}, root_causes=(("zero_grad", "never_cleared"),))
    (line,) = (line for line in shown([badger]).splitlines() if line.startswith("1 of 1: "))
    assert line.startswith("1 of 1: zero_grad() requirement: missing zero_grad()")
    assert line.endswith("every gradient is added to all earlier ones") and len(line) > 100


def test_changes_that_change_no_points_have_no_table() -> None:
    same = Change("ash", {"zero_grad": 1.0}, {"zero_grad": 1.0})
    assert shown_changes(same) == ["The assignment has changed: points of 0 of 1 student change"]


@pytest.mark.parametrize(
    ("others", "name", "lines"),
    [
        (0, "running_mean", ["running_mean"]),
        (8, "running_mean", ["running", "_mean"]),
        (8, "weight_decay", ["weight", "_decay"]),
        (8, "transformer", ["transf-", "ormer"]),
        (8, "convergence", ["conver-", "gence"]),
    ],
)
def test_a_long_name_is_cut_between_words_and_only_where_there_is_no_room(
    others: int, name: str, lines: list[str]
) -> None:
    points = {name: 5.0} | {f"other_{i}": 5.0 for i in range(others)}
    printed = shown([StudentGrade("ash", dict.fromkeys(points, 5.0))], Points(points=points))
    heading, *_ = printed.split("─")
    assert all(line in heading.split() for line in lines), heading
    assert max(map(len, printed.splitlines())) <= 100


def test_what_being_late_costs_is_said_and_taken_off() -> None:
    heron = StudentGrade("heron", {"zero_grad": 15.0, "convergence": 15.0}, late_penalty=20.0)
    ash = StudentGrade("ash", {"zero_grad": 0.0, "convergence": 0.5}, late_penalty=1.0)
    lines = shown([ash, heron]).splitlines()
    assert "heron: late, 20 points taken off" in lines and "ash: late, 1 point taken off" in lines
    assert heron.score == 10.0 and ash.score == 0.0
    assert any(line.split() == ["heron", "10", "15", "15"] for line in lines)
