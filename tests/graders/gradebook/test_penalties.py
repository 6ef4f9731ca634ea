"""Late submissions: the course's plug-in decides, within nbgrader's bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from traitlets.config import Config

from graders.gradebook import GradebookError

if TYPE_CHECKING:
    from conftest import Graded, Open

from datetime import datetime

DUE = datetime(2026, 3, 1, 12)
LATE = DUE + timedelta(hours=1)


def plugin(give: Callable[[str, float, float], object]) -> Config:
    """A configuration with a plug-in that gives what the function gives."""

    class Own(BasePlugin):
        def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> Any:
            return give(student_id, score, total_seconds_late)

    config = Config()
    config.AssignLatePenalties.plugin_class = Own
    return config


def penalties(book: Gradebook) -> tuple[Any, Any]:
    book.db.expire_all()
    first, second = (book.find_submission_notebook(name, "ps1", "fern") for name in ("p1", "p2"))
    return first.late_submission_penalty, second.late_submission_penalty


def test_without_a_plug_in_being_late_costs_nothing(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    open_book().save(graded(timestamp=LATE))
    assert penalties(as_nbgrader) == (None, None)


def test_nbgrader_s_own_plug_in_is_configured_as_in_nbgrader(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    config = Config()
    config.LateSubmissionPlugin.penalty_method = "zero"
    open_book(config).save(graded(timestamp=LATE))
    assert penalties(as_nbgrader) == (8.0, 1.0)


def test_the_plug_in_learns_student_points_and_seconds(open_book: Open, graded: Graded) -> None:
    asked: list[tuple[str, float, float]] = []
    open_book(plugin(lambda *about: asked.append(about))).save(graded(timestamp=LATE))
    assert asked == [("fern", 8.0, 3600.0), ("fern", 1.0, 3600.0)]


def test_points_by_hand_and_extra_credit_count_for_the_penalty(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book = open_book(plugin(lambda student, score, seconds: score / 2))
    book.save(graded(timestamp=LATE))
    as_nbgrader.find_grade("essay", "p1", "ps1", "fern").manual_score = 2.0
    as_nbgrader.find_grade("t1", "p1", "ps1", "fern").extra_credit = 1.0
    as_nbgrader.find_grade("task", "p1", "ps1", "fern").extra_credit = 7.0  # of nothing
    as_nbgrader.db.commit()
    book.save(graded(timestamp=LATE))
    assert penalties(as_nbgrader) == ((8 + 2 + 1) / 2, 0.5)


@pytest.mark.parametrize(
    ("given", "kept"), [(100.0, 8.0), (-3.0, 0.0), (2, 2.0), (math.inf, 8.0), (None, None)]
)
def test_a_penalty_is_between_nothing_and_all(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded, given: object, kept: object
) -> None:
    open_book(plugin(lambda *about: given)).save(graded(timestamp=LATE))
    assert penalties(as_nbgrader)[0] == kept


def test_an_extension_counts(open_book: Open, as_nbgrader: Gradebook, graded: Graded) -> None:
    book = open_book(plugin(lambda student, score, seconds: seconds / 3600))
    book.save(graded(timestamp=LATE))
    assert penalties(as_nbgrader)[0] == 1.0
    as_nbgrader.grant_extension("ps1", "fern", minutes=30)
    book.save(graded(timestamp=LATE))
    assert penalties(as_nbgrader)[0] == 0.5
    as_nbgrader.grant_extension("ps1", "fern", hours=2)
    book.save(graded(timestamp=LATE))
    assert penalties(as_nbgrader)[0] is None


def test_a_due_date_that_is_set_while_the_class_is_graded_counts(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book = open_book(plugin(lambda *about: 1.0))
    book.save(graded(timestamp=LATE))
    as_nbgrader.update_or_create_assignment("ps1", duedate=None)
    book.save(graded(timestamp=LATE))
    assert penalties(as_nbgrader) == (None, None)


def test_the_timestamp_that_is_kept_decides_where_there_is_no_new_one(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    book = open_book(plugin(lambda *about: 1.0))
    book.save(graded(timestamp=LATE))
    book.save(graded())
    assert penalties(as_nbgrader) == (1.0, 1.0)
    book.save(graded(timestamp=DUE))
    assert penalties(as_nbgrader) == (None, None)


def test_penalties_that_are_switched_off_stay_as_they_are(
    open_book: Open, as_nbgrader: Gradebook, graded: Graded
) -> None:
    config = plugin(lambda *about: 1.0)
    open_book(config).save(graded(timestamp=LATE))
    config.AssignLatePenalties.enabled = False
    open_book(config).save(graded(timestamp=DUE))
    assert penalties(as_nbgrader) == (1.0, 1.0)


def fail(*about: object) -> object:
    raise RuntimeError("no connection to the registry")


@pytest.mark.parametrize("give", [fail, lambda *about: math.nan, lambda *about: "half"])
def test_a_plug_in_that_fails_is_named_and_nothing_is_written(
    open_book: Open, content: Callable[[], list[str]], graded: Graded, give: Callable[..., object]
) -> None:
    before = content()
    with pytest.raises(GradebookError, match=r"late penalty of fern .*Own .*c\.AssignLatePenalties"):
        open_book(plugin(give)).save(graded(timestamp=LATE))
    assert content() == before
