"""Sentences about runs that failed."""

from __future__ import annotations

from graders.criteria import COMMON_CAUSES
from graders.report.words import run_failures

ENDLESS = COMMON_CAUSES["out_of_time"].bug


def test_a_failed_run_is_told_with_what_was_seen_of_the_first_point() -> None:
    first = {"cause": "out_of_time", "seen": "cell 8 did not end in time"}
    second = {"cause": "out_of_time", "seen": "cell 9 did not end in time"}
    found = run_failures({"history": second, "orchestration": first, "modes": {"cause": "raised"}})
    assert found == (f"{ENDLESS}: cell 8 did not end in time",)


def test_a_process_that_ended_is_a_failed_run() -> None:
    assert run_failures({"modes": {"cause": "ended"}}) == (COMMON_CAUSES["ended"].bug,)


def test_what_was_seen_is_left_out_where_an_earlier_version_did_not_note_it() -> None:
    assert run_failures({"modes": {"cause": "out_of_time"}}) == (ENDLESS,)
