"""Every observation that a check reads, spoiled in every way: no check passes, and the judge never raises."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from graders.criteria import CRITERIA, Check
from graders.criteria.base import agree
from graders.evidence import Evidence, Other, PartEvidence, Value
from graders.verdict import Finding

CHECKS = [(name, check) for name, criterion in CRITERIA.items() for check in criterion.checks]
IDS = [f"{name}-{check.name}" for name, check in CHECKS]

LEFT_TO_OTHERS = {("history", "train_loss"): {"returned", "other_returned"}}
"""By design: what train_epoch returns is the business of `orchestration` where it is no list of numbers."""


def spoiled(value: Value) -> dict[str, Value]:
    """The value replaced as a whole, by what a broken or hostile trainer may leave there."""
    ways: dict[str, Value] = {
        "text": "all is well",
        "an object": Other("Tensor"),
        "an empty dict": {},
        "NaN": math.nan,
        "infinity": math.inf,
        "minus infinity": -math.inf,
    }
    if isinstance(value, float):  # a limit that is not there is infinite, also in the truth
        ways = {way: other for way, other in ways.items() if other != value}
    if value is not None:
        ways["None"] = None
    if isinstance(value, np.ndarray):
        ways |= {
            "an empty array": np.zeros(0),
            "no rows": np.zeros((0, *value.shape[1:])),
            "all NaN": np.full(value.shape, np.nan),
            "all infinite": np.full(value.shape, np.inf),
            "one more axis": value[None],
        }
    if isinstance(value, list):
        ways |= {"an empty list": [], "a list of None": [None] * max(1, len(value))}
        ways["a list of NaN"] = [math.nan] * max(1, len(value))
    return ways


def removals(part: PartEvidence, key: str) -> PartEvidence:
    return replace(part, observed={k: v for k, v in part.observed.items() if k != key})


def finding(name: str, check: Check, truth: Evidence, part: PartEvidence) -> Finding:
    """Judge the truth with one part replaced."""
    evidence = replace(truth, parts={**truth.parts, check.part: part})
    index = CRITERIA[name].checks.index(check)
    return CRITERIA[name].judge(evidence, truth)[index]


def read_by(name: str, check: Check, truth: Evidence) -> Iterator[str]:
    """The observations that a check reads: those it does not pass without."""
    part = truth.parts[check.part]
    for key in part.observed:
        if finding(name, check, truth, removals(part, key)).failure is not None:
            yield key


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=IDS)
def test_the_check_passes_on_the_truth_and_reads_something(
    truth: Mapping[str, Evidence], name: str, check: Check
) -> None:
    assert finding(name, check, truth[name], truth[name].parts[check.part]).failure is None
    assert list(read_by(name, check, truth[name]))


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=IDS)
def test_no_check_passes_without_its_part(truth: Mapping[str, Evidence], name: str, check: Check) -> None:
    parts = {key: part for key, part in truth[name].parts.items() if key != check.part}
    index = CRITERIA[name].checks.index(check)
    for evidence in (replace(truth[name], parts=parts), replace(truth[name], parts={})):
        failure = CRITERIA[name].judge(evidence, truth[name])[index].failure
        assert failure is not None and failure.cause == "no_evidence"
    empty = replace(truth[name].parts[check.part], observed={})
    failure = finding(name, check, truth[name], empty).failure
    assert failure is not None and not finding(name, check, truth[name], empty).deviates


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=IDS)
def test_no_check_passes_on_a_spoiled_observation(
    truth: Mapping[str, Evidence], name: str, check: Check
) -> None:
    part, wrong = truth[name].parts[check.part], []
    for key in set(read_by(name, check, truth[name])) - LEFT_TO_OTHERS.get((name, check.name), set()):
        for way, value in spoiled(part.observed[key]).items():
            changed = replace(part, observed={**part.observed, key: value})
            try:
                if finding(name, check, truth[name], changed).failure is None:
                    wrong.append(f"{key} as {way} passes")
            except Exception as error:
                wrong.append(f"{key} as {way} raises {type(error).__name__}: {error}")
    assert not wrong


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=IDS)
def test_no_single_bad_entry_makes_the_judge_raise(
    truth: Mapping[str, Evidence], name: str, check: Check
) -> None:
    part, wrong = truth[name].parts[check.part], []
    for key in read_by(name, check, truth[name]):
        for way, value in bad_entries(part.observed[key]):
            changed = replace(part, observed={**part.observed, key: value})
            try:
                finding(name, check, truth[name], changed)
            except Exception as error:
                wrong.append(f"{key} with {way} raises {type(error).__name__}: {error}")
    assert not wrong


def bad_entries(value: Value) -> Iterator[tuple[str, Value]]:
    """The value with one entry gone, repeated, or spoiled."""
    if isinstance(value, np.ndarray) and value.size:
        for number in (math.nan, math.inf, -math.inf, 1e308):
            for at in (0, -1):
                changed = value.copy()
                changed.flat[at] = number
                yield f"entry {at} {number}", changed
        yield "a row less", value[:-1]
        yield "a row more", np.concatenate([value, value[-1:]])
    elif isinstance(value, list) and value:
        yield "an item less", value[:-1]
        yield "an item more", [*value, value[-1]]
        for bad in (None, math.nan, math.inf, "text", [], {}, np.zeros(0), np.zeros(2), Other("Tensor")):
            for at in (0, len(value) - 1):
                yield f"item {at} {bad!r}", [*value[:at], bad, *value[at + 1 :]]
        for way, item in bad_entries(value[0]):
            yield f"item 0 with {way}", [item, *value[1:]]
    elif isinstance(value, dict):
        for key in value:
            yield f"no {key}", {k: v for k, v in value.items() if k != key}
            for bad in (None, "text", math.nan, np.zeros(2), [None], Other("Tensor")):
                yield f"{key} {bad!r}", {**value, key: bad}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_agrees_with_nothing(number: float) -> None:
    good, bad = np.array([1.0, 2.0]), np.array([1.0, number])
    assert agree(good, good)
    assert not agree(bad, good) and not agree(good, bad) and not agree(bad, bad)


@pytest.mark.parametrize("shape", [(0,), (1,), (3,), (2, 1), (1, 2), ()])
def test_arrays_of_different_shapes_agree_with_nothing(shape: tuple[int, ...]) -> None:
    assert not agree(np.ones(shape), np.ones(2)) and not agree(np.ones(2), np.ones(shape))


def test_agreement_is_relative_to_the_largest_entry_and_exact_where_asked() -> None:
    assert agree(np.array([100.0, 1e-8]), np.array([100.0, 0.0]), 1e-9)
    assert not agree(np.array([100.0, 1e-6]), np.array([100.0, 0.0]), 1e-9)
    assert not agree(np.array([1.0 + 1e-15]), np.array([1.0]), 0.0)
