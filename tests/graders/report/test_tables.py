"""The report in a terminal: titles in one line, no column without content, and what waits."""

from __future__ import annotations

import dataclasses
import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from graders.report import ClassReport, build
from graders.report.records import Alike, State
from graders.report.tables import alike_line, show

if TYPE_CHECKING:
    from conftest import MadeCourse


@pytest.fixture
def report(made: MadeCourse) -> ClassReport:
    return build(made.course, "07_training")


def shown(report: ClassReport, width: int = 80) -> list[str]:
    """The lines that are printed."""
    text = io.StringIO()
    show(report, Console(file=text, width=width, color_system=None))
    return text.getvalue().splitlines()


def table(lines: list[str], title: str) -> list[str]:
    """The lines of the table below a title, without its frame."""
    rest = lines[lines.index(title) + 1 :]
    end = next(number for number, line in enumerate(rest) if number and not line.strip())
    return [line.strip() for line in rest[:end] if line.strip("─ ")]


@pytest.mark.parametrize("width", [40, 80])
def test_every_title_stands_in_one_line_of_its_own_length(report: ClassReport, width: int) -> None:
    lines = shown(report, width)
    titles = ["Scores", "Points", "Root causes", "Needs manual grading", "Not graded", "Nothing handed in"]
    assert set(titles) <= set(lines)
    assert {"Failed runs", "Slowest runs", "Repaired notebooks"} <= set(lines)


def test_only_work_that_waits_has_a_column_of_points(report: ClassReport) -> None:
    lines = shown(report)
    assert table(lines, "Needs manual grading") == ["Student  Points that wait", "cedar    essay"]
    assert table(lines, "Not graded") == ["Student", "ivy"]
    assert table(lines, "Nothing handed in") == ["Student", "fir"]


def test_points_by_hand_that_wait_come_with_the_remedy(report: ClassReport) -> None:
    cedar = dataclasses.replace(
        report.in_state(State.WAITING)[0], waiting=("scheduling", "essay"), unconfirmed=("scheduling",)
    )
    lines = shown(dataclasses.replace(report, students=(cedar,)), 120)
    assert table(lines, "Needs manual grading")[1] == (
        "cedar    essay; scheduling: given by hand, to be confirmed "
        "(in formgrader, press Resolve beside them)"
    )


def test_one_of_something_is_not_called_several(report: ClassReport) -> None:
    (first, *_) = shown(dataclasses.replace(report, students=report.students[:1]))
    assert first.startswith("07_training: 1 student: 1 graded")
    assert alike_line(Alike(1, 0.0, 0.8, ())).startswith("1 submission compared; no pairs are")
