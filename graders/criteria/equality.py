"""The judgement of an experiment that has none of its own: every observation must equal the reference's."""

from __future__ import annotations

import numpy as np

from graders.criteria.base import ROUNDING, Check, Criterion, Judgement, agree, show
from graders.evidence import Evidence, PartEvidence, Value, describe
from graders.verdict import Cause, Failure

CAUSES = {
    "differs": Cause(
        "your code does not compute what the reference computes",
        "the specification of this piece of work",
    ),
}


def equality(name: str, truth: Evidence) -> Criterion:
    """Make a criterion for the experiment `name`: each of the truth's parts counts the same."""
    checks = tuple(Check(part, part, 1, _judge) for part in truth.parts)
    return Criterion(
        name,
        name.replace("_", " "),
        "",
        "Every observation equals the reference's.",
        CAUSES,
        checks,
        "differs",
    )


def _judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    for name, expected in truth.observed.items():
        got = seen.value(name)
        if not _equal(got, expected):
            return Failure("differs", f"{name}: {_shown(got)}", f"{name}: {_shown(expected)}")
    return None


def _equal(got: Value, expected: Value) -> bool:
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(_equal, got, expected))
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(_equal(got[k], expected[k]) for k in got)
        )
    if isinstance(expected, (float, np.ndarray)):
        return isinstance(got, type(expected)) and agree(np.asarray(got), np.asarray(expected), ROUNDING)
    return got == expected


def _shown(value: Value) -> str:
    if isinstance(value, list) and value and all(isinstance(item, float) for item in value):
        return show([item for item in value if isinstance(item, float)])
    return show(value) if isinstance(value, float | np.ndarray) else describe(value)
