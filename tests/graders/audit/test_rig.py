"""The audit stops before it counts anything, unless a clean run passes and a forced failure fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from graders.assignment import Assignment
from graders.audit import rig
from graders.audit.matrix import Bench
from graders.criteria import CRITERIA
from graders.evidence import Evidence
from graders.verdict import Failure


@pytest.fixture(scope="module")
def bench(lesson: Assignment) -> Iterator[Bench]:
    with Bench(lesson) as started:
        yield started


def test_the_rig_of_this_assignment_is_sound(bench: Bench, truth: Mapping[str, Evidence], nonce: str) -> None:
    rig.prove(bench, truth, nonce)


def test_criterion_that_fails_the_reference_stops_the_audit(
    bench: Bench, truth: Mapping[str, Evidence], nonce: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = CRITERIA["modes"]
    strict = replace(modes.checks[0], judge=lambda seen, true: Failure("loss_wrong", "a fault", "none"))
    monkeypatch.setitem(CRITERIA, "modes", replace(modes, checks=(strict,)))
    with pytest.raises(rig.RigError, match=r"reference solution does not pass.*modes: failed, a fault"):
        rig.prove(bench, truth, nonce)


def test_criterion_that_accepts_anything_stops_the_audit(
    bench: Bench, truth: Mapping[str, Evidence], nonce: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = CRITERIA["history"]
    lenient = tuple(replace(check, judge=lambda seen, true: None) for check in history.checks)
    monkeypatch.setitem(CRITERIA, "history", replace(history, checks=lenient))
    with pytest.raises(rig.RigError, match=r"does nothing is not caught.*history: passed"):
        rig.prove(bench, truth, nonce)


def test_runs_come_back_in_the_order_in_which_they_were_given(
    bench: Bench, lesson: Assignment, nonce: str
) -> None:
    given = [subject for _ in range(3) for subject in rig.subjects(lesson)]
    assert [run.subject for run in bench.observe(given, nonce)] == given
