"""What a student's submission needs, for every reason that there is."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from graders.coordinator.plan import Found, Work, forced, plan
from graders.coordinator.state import State
from graders.coordinator.version import Version

VERSION = Version("setting", {"modes": "1", "history": "2"}, "judging", "2026-11-15")
STATE = State("digest", VERSION, {"modes": 10.0}, by_hand="hers")
HERE = Found(by_hand="hers")


def test_nothing_is_done_where_nothing_has_changed() -> None:
    found = plan(STATE, "digest", VERSION, HERE)
    assert (found.work, found.changed) == (Work.NOTHING, False)


@pytest.mark.parametrize(
    ("state", "submission", "found", "reason"),
    [
        (None, "digest", HERE, "not graded yet"),
        (STATE, "digest", replace(HERE, graded=False), "not graded yet"),
        (STATE, "another", HERE, "handed in anew"),
        (msgspec.structs.replace(STATE, trouble="lost"), "digest", HERE, "had trouble"),
    ],
)
def test_a_submission_is_run_where_its_own_matter_has_changed(
    state: State | None, submission: str, found: Found, reason: str
) -> None:
    decided = plan(state, submission, VERSION, found)
    assert (decided.work, decided.reason, decided.changed) == (Work.GRADE, reason, False)


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (None, replace(HERE, points=True)),
        (None, replace(HERE, points=True, graded=False)),
        (
            msgspec.structs.replace(STATE, version=replace(VERSION, judging="x")),
            replace(HERE, points=True, graded=False),
        ),
    ],
)
def test_points_that_came_about_in_another_way_are_shown_before_others_are_written(
    state: State | None, found: Found
) -> None:
    decided = plan(state, "digest", VERSION, found)
    assert (decided.work, decided.reason, decided.changed) == (Work.GRADE, "graded by other means", True)


def test_a_lost_result_of_the_same_assignment_is_made_again_and_nobody_is_asked() -> None:
    decided = plan(STATE, "digest", VERSION, replace(HERE, points=True, graded=False))
    assert (decided.work, decided.changed) == (Work.GRADE, False)


@pytest.mark.parametrize(
    ("version", "work", "reason"),
    [
        (replace(VERSION, setting="x"), Work.GRADE, "the assignment's own code has changed"),
        (
            replace(VERSION, experiments={"modes": "1", "history": "x"}),
            Work.GRADE,
            "changed hidden tests: history",
        ),
        (
            replace(VERSION, experiments={**VERSION.experiments, "new": "3"}),
            Work.GRADE,
            "changed hidden tests: new",
        ),
        (replace(VERSION, experiments={"modes": "1"}), Work.GRADE, "changed hidden tests: fewer"),
        (replace(VERSION, judging="x"), Work.REJUDGE, "points or criteria have changed"),
    ],
)
def test_another_assignment_has_points_shown_before_they_are_written(
    version: Version, work: Work, reason: str
) -> None:
    decided = plan(STATE, "digest", version, HERE)
    assert (decided.work, decided.reason, decided.changed) == (work, reason, True)


@pytest.mark.parametrize(
    ("version", "found", "reason"),
    [
        (replace(VERSION, due="2026-11-16"), HERE, "another due date"),
        (VERSION, replace(HERE, by_hand="other"), "points or comments were entered by hand"),
        (VERSION, replace(HERE, pages=False), "no feedback pages"),
    ],
)
def test_penalties_and_pages_are_made_again_from_stored_evidence_and_nobody_is_asked(
    version: Version, found: Found, reason: str
) -> None:
    decided = plan(STATE, "digest", version, found)
    assert (decided.work, decided.reason, decided.changed) == (Work.REJUDGE, reason, False)


def test_what_humans_entered_does_not_matter_where_nobody_has_looked() -> None:
    assert plan(STATE, "digest", VERSION, Found(by_hand=None)).work is Work.NOTHING


def test_a_new_submission_is_run_once_and_not_shown_as_a_change_whatever_else_has_changed() -> None:
    decided = plan(STATE, "another", replace(VERSION, setting="x", judging="y"), replace(HERE, pages=False))
    assert (decided.work, decided.changed) == (Work.GRADE, False)


@pytest.mark.parametrize("version", [VERSION, replace(VERSION, judging="x"), replace(VERSION, setting="x")])
def test_force_runs_everything_and_keeps_whether_the_assignment_has_changed(version: Version) -> None:
    decided = plan(STATE, "digest", version, HERE)
    assert forced(decided, force=True, rejudge=False).work is Work.GRADE
    assert forced(decided, force=True, rejudge=False).changed == decided.changed


def test_rejudge_judges_what_is_up_to_date_and_lowers_nothing_that_has_to_be_run() -> None:
    current, outdated = plan(STATE, "digest", VERSION, HERE), plan(None, "digest", VERSION, HERE)
    assert forced(current, force=False, rejudge=True).work is Work.REJUDGE
    assert forced(outdated, force=False, rejudge=True) == outdated
    assert forced(current, force=False, rejudge=False) == current
