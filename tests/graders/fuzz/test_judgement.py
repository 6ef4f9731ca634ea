"""Any evidence is judged: between nothing and the points, never an error, and only one's own counts."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.assignment import Assignment
from graders.criteria import CRITERIA, in_order
from graders.evidence import Evidence, Unusable, parse
from graders.judgement import Observed, judge, observe
from graders.messages import as_html, as_text
from graders.truth import Truths
from graders.verdict import Outcome, Verdict
from tests.graders.earning import earned

Mutate = Callable[..., str]
Texts = Callable[[str], Mapping[str, str]]

MAX_MESSAGE = 16_000
"""Bytes of a message: three texts of 500 characters, numbers, and our own sentences."""

MINE, ANOTHERS = "a nonce of mine", "a nonce of another student"

slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
fuzz = settings(derandomize=False, print_blob=True, deadline=None, suppress_health_check=slow)


def assert_sound(verdicts: Mapping[str, Verdict], points: Mapping[str, float]) -> None:
    """Each verdict has finite points within its bounds, and texts that can be shown."""
    assert list(verdicts) == in_order(points)
    for name, verdict in verdicts.items():
        assert type(verdict.score) is float and math.isfinite(verdict.score)
        assert 0.0 <= verdict.score <= points[name] == verdict.max_score
        assert verdict.outcome is not Outcome.NOT_JUDGED
        assert (verdict.outcome is Outcome.PASSED) == (verdict.cause is None)
        assert verdict.outcome is Outcome.FAILED or verdict.score == points[name]
        titles = {criterion: criterion for criterion in points}
        assert (
            len(as_text(verdict, titles).encode()) < MAX_MESSAGE > len(as_html(verdict, titles).encode()) // 6
        )


@settings(fuzz, max_examples=300)
@given(text=st.text() | st.binary() | st.none() | st.integers())
def test_any_text_is_evidence_or_unusable(text: Any) -> None:
    with contextlib.suppress(Unusable):
        assert isinstance(parse(text), Evidence)


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@settings(fuzz, max_examples=40)
@given(data=st.data())
def test_changed_evidence_earns_no_more_than_the_points(
    criterion: str, data: st.DataObject, lesson: Assignment, truths: Truths, texts: Texts, mutate: Mutate
) -> None:
    """The other experiments are as they must be, or failed: then deviations are excused."""
    text = mutate(data, json.loads(texts(MINE)[criterion]))
    observed = {name: observe((own,), name) for name, own in texts(MINE).items()}
    observed[criterion] = observe((text,), criterion)
    if data.draw(st.booleans(), label="another one fails"):
        other = data.draw(st.sampled_from([name for name in observed if name != criterion]))
        observed[other] = Observed()
    assert_sound(judge(observed, truths.for_nonce(MINE), lesson.points), lesson.points)


@pytest.mark.parametrize("criterion", sorted(CRITERIA))
@settings(fuzz, max_examples=30)
@given(data=st.data())
def test_changed_evidence_of_another_student_earns_nothing(
    criterion: str, data: st.DataObject, lesson: Assignment, truths: Truths, texts: Texts, mutate: Mutate
) -> None:
    text = mutate(data, json.loads(texts(ANOTHERS)[criterion]))
    observed = {criterion: observe((text,), criterion)}
    verdict = judge(observed, truths.for_nonce(MINE), lesson.points)[criterion]
    assert verdict.score == 0.0, earned(verdict)


@settings(fuzz, max_examples=60)
@given(data=st.data())
def test_evidence_of_several_changed_experiments_is_judged_together(
    data: st.DataObject, lesson: Assignment, truths: Truths, texts: Texts, mutate: Mutate
) -> None:
    observed = {}
    for name, text in texts(MINE).items():
        count = data.draw(st.sampled_from((1, 1, 1, 0, 2)))
        changed = mutate(data, json.loads(text), most=2) if data.draw(st.booleans()) else text
        observed[name] = observe((changed,) * count, name)
    assert_sound(judge(observed, truths.for_nonce(MINE), lesson.points), lesson.points)


def test_unchanged_evidence_earns_all_points(lesson: Assignment, truths: Truths, texts: Texts) -> None:
    observed = {name: observe((text,), name) for name, text in texts(MINE).items()}
    verdicts = judge(observed, truths.for_nonce(MINE), lesson.points)
    assert {name: verdict.score for name, verdict in verdicts.items()} == lesson.points


def test_unchanged_evidence_of_another_student_earns_nothing(
    lesson: Assignment, truths: Truths, texts: Texts
) -> None:
    observed = {name: observe((text,), name) for name, text in texts(ANOTHERS).items()}
    verdicts = judge(observed, truths.for_nonce(MINE), lesson.points)
    assert {name: verdict.score for name, verdict in verdicts.items()} == dict.fromkeys(lesson.points, 0.0)
