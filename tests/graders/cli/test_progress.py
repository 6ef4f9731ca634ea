"""The bar of a class says who is being worked on and what went wrong, and is drawn as often as is of use."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from graders.cli import progress
from graders.cli.progress import ClassProgress

ERASE_LINE = "\x1b[2K"


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that drawings go by."""
    made = Clock()
    monkeypatch.setattr(progress, "monotonic", made)
    return made


def _console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    shown = io.StringIO()
    return Console(file=shown, force_terminal=terminal, width=120, color_system=None), shown


def test_on_a_terminal_students_are_named_and_counted(clock: Clock) -> None:
    console, shown = _console(terminal=True)
    with ClassProgress(console, "Grading") as bar:
        bar.planned(3)
        bar.running(["fox", "owl"])
        bar.done("fox")
        clock.seconds += 1
        bar.running(["owl"])
    assert "0/3" in shown.getvalue() and "fox, owl" in shown.getvalue() and "1/3" in shown.getvalue()


def test_it_is_not_drawn_each_time_that_somebody_else_is_worked_on(clock: Clock) -> None:
    console, shown = _console(terminal=True)
    with ClassProgress(console, "Grading") as bar:
        bar.planned(100)
        for number in range(100):
            bar.running([f"student{number}"])
            clock.seconds += progress.DRAW_SECONDS / 10
    assert 8 <= len(set(re.findall(r"student\d+", shown.getvalue()))) <= 12


def test_in_a_file_there_is_the_end_alone_and_trouble() -> None:
    console, shown = _console(terminal=False)
    with ClassProgress(console, "Grading") as bar:
        bar.planned(2)
        bar.running(["fox"])
        bar.done("fox", "no notebook")
        bar.done("owl")
    assert re.fullmatch(r"fox: no notebook\nGrading 2/2 in \d+:\d\d:\d\d\n", shown.getvalue())


def test_a_trouble_that_many_have_is_printed_once() -> None:
    console, shown = _console(terminal=False)
    with ClassProgress(console, "Grading") as bar:
        bar.planned(3)
        for student, trouble in {"fox": "no room", "owl": "no room", "elk": "no notebook"}.items():
            bar.done(student, trouble)
    assert shown.getvalue().startswith("fox: no room\nelk: no notebook\nGrading 3/3")


@pytest.mark.parametrize("planned", [(), (0,)], ids=["never found out", "nobody"])
def test_in_a_file_there_is_nothing_where_there_was_nothing_to_do(planned: tuple[int, ...]) -> None:
    console, shown = _console(terminal=False)
    with ClassProgress(console, "Comparing") as bar:
        for count in planned:
            bar.planned(count)
    assert shown.getvalue() == ""


def test_on_a_terminal_a_bar_goes_away_where_there_was_nothing_to_do() -> None:
    console, shown = _console(terminal=True)
    with ClassProgress(console, "Comparing") as bar:
        bar.running([])
    *_, last = shown.getvalue().rpartition("Comparing")
    assert ERASE_LINE in last, "the line in which it stood is erased"
