"""Claims about pictures of evidence that somebody made up."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graders.criteria import CRITERIA
from graders.evidence import Evidence, Other, PartEvidence, Value
from graders.pictures import Picture, picture
from graders.pictures.choice import SKETCHERS
from graders.verdict import Failure, Finding, Outcome, Verdict
from tests.graders.pictures.drawing import complaints, count, texts

NUMBERS = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 1e-300, 5e-324, 1e12, 1e300, 1.7e308, -1e308, math.nan, math.inf, -math.inf]
)
SHAPES = st.sampled_from([(0,), (1,), (3,), (2, 2), (0, 4), (12, 7), (1, 1, 1), (300, 4)])
ARRAYS = st.builds(np.full, SHAPES, NUMBERS)
LEAVES = st.one_of(NUMBERS, ARRAYS, st.none(), st.text(max_size=5), st.builds(Other, st.just("Tensor")))
KEYS = st.sampled_from(["train_loss", "eval_loss", "learning_rates", "x"])
LISTS = st.lists(LEAVES, max_size=12)
VALUES = st.one_of(
    LEAVES, LISTS, st.lists(LISTS, max_size=4), st.dictionaries(KEYS, st.one_of(LEAVES, LISTS))
)
CHECKS = [(name, check.name) for name in SKETCHERS for check in CRITERIA[name].checks]
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "12"))  # for each of some thirty checks
HOSTILE = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def changed(draw: st.DrawFn, value: Value) -> Value:
    """A value that is like another one but for some of its pieces."""
    kind = draw(st.sampled_from(["same", "other", "inside", "inside"]))
    if kind == "same":
        return value
    if kind == "inside" and isinstance(value, list) and value:
        i = draw(st.integers(0, len(value) - 1))
        longer = [draw(VALUES)] * draw(st.sampled_from([0, 0, 1, 50]))
        return [*value[:i], draw(changed(value[i])), *value[i + draw(st.integers(0, 1)) :], *longer]
    if kind == "inside" and isinstance(value, dict) and value:
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: draw(changed(value[key]))}
    if kind == "inside" and isinstance(value, np.ndarray) and value.size:
        copy = value.copy()
        copy.flat[draw(st.integers(0, value.size - 1))] = draw(NUMBERS)
        return copy[: draw(st.integers(0, len(copy)))] if draw(st.booleans()) else copy
    return draw(VALUES)


@st.composite
def changed_part(draw: st.DrawFn, part: PartEvidence) -> PartEvidence:
    """A part of which some observations are changed, and some are missing."""
    observed = dict(part.observed)
    names = st.lists(st.sampled_from(sorted(observed)), min_size=1, max_size=4)
    for name in sorted(set(draw(names))):
        if draw(st.integers(0, 9)):
            observed[name] = draw(changed(observed[name]))
        else:
            del observed[name]
    return replace(part, observed=observed)


def failed(criterion: str, check: str) -> Verdict:
    finding = Finding(check, 1.0, Failure("c", "s", "e"))
    return Verdict(criterion, criterion, 0.0, 1.0, Outcome.FAILED, findings=(finding,))


@pytest.mark.parametrize(("criterion", "check"), CHECKS)
@HOSTILE
@given(data=st.data())
def test_no_evidence_makes_drawing_fail(
    truth: dict[str, Evidence], criterion: str, check: str, data: st.DataObject
) -> None:
    name = next(c.part for c in CRITERIA[criterion].checks if c.name == check)
    evidence = truth[criterion]
    parts = dict(evidence.parts) | {name: data.draw(changed_part(evidence.parts[name]))}
    found = picture(failed(criterion, check), replace(evidence, parts=parts), evidence)
    assert found is None or (isinstance(found, Picture) and found.alt and complaints(found) == [])


@pytest.mark.parametrize(("criterion", "check"), CHECKS)
def test_missing_parts_and_observations_have_no_picture(
    truth: dict[str, Evidence], criterion: str, check: str
) -> None:
    evidence = truth[criterion]
    empty = {name: replace(part, observed={}) for name, part in evidence.parts.items()}
    for parts in ({}, empty):
        assert picture(failed(criterion, check), replace(evidence, parts=parts), evidence) is None


def test_a_loss_that_overflows_is_drawn_as_far_as_it_can_be(judged: Callable) -> None:
    seen = judged("convergence/climbs_by_seed", "convergence")
    part = seen.evidence.parts["sgd"]
    losses = [1.0, 10.0, 1e300, math.inf, math.nan]
    parts = dict(seen.evidence.parts) | {
        "sgd": replace(part, observed=dict(part.observed) | {"returned": losses})
    }
    found = picture(seen.verdict, replace(seen.evidence, parts=parts), seen.truth)
    assert found is not None and "1, 10, 1e+300, inf, nan" in found.alt
    assert complaints(found) == [] and count(found.svg, "arrow") == 1
    assert {"10", "inf", "nan"} <= set(texts(found.svg))
