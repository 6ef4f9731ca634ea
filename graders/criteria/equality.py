"""The judgement of an experiment that has none of its own: every observation must equal the reference's."""

from __future__ import annotations

import numpy as np

from graders.criteria.base import ROUNDING, Check, Criterion, Judgement, agree
from graders.criteria.showing import show, show_both
from graders.evidence import Evidence, PartEvidence, Value, describe
from graders.verdict import Cause, Failure

DIFFERS = "differs"

CAUSES = {
    DIFFERS: Cause(
        "your code does not compute what the specification asks for",
        "the specification of this piece of work, and its example by hand",
    ),
    "not_defined": Cause(
        "a name that the test needs is not defined",
        "the solution cells: each name that the specification asks for must be defined above the test, "
        "without an error, and not removed again",
    ),
    "not_callable": Cause(
        "a name that should be a class or a function is something else",
        "the solution cells: the names of classes and functions, used again for something else",
    ),
    "wrong_type": Cause(
        "a function returns or keeps something of the wrong type",
        "the `return` of the function, and its type in the specification",
    ),
    "flood": Cause(
        "far too much was recorded",
        "loops that run many more times than the specification asks for",
    ),
}
"""One of its own, and some of those that all criteria have, in words that fit any assignment."""


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
        DIFFERS,
    )


def _judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    for name, expected in truth.observed.items():
        difference = _difference(name, seen.value(name), expected)
        if difference is not None:
            place, got, wanted = difference
            one, other = _shown(got, wanted)
            return Failure(DIFFERS, f"{place}: {one}", f"{place}: {other}")
    return None


def _difference(place: str, got: Value, expected: Value) -> tuple[str, Value, Value] | None:
    """The first place at which two values differ, and what is there; None where they are equal."""
    if isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        items = ((f"{place}[{i}]", *pair) for i, pair in enumerate(zip(got, expected, strict=True)))
        return next((found for item in items if (found := _difference(*item))), None)
    if isinstance(expected, dict) and isinstance(got, dict) and got.keys() == expected.keys():
        entries = ((f"{place}[{key!r}]", got[key], expected[key]) for key in expected)
        return next((found for entry in entries if (found := _difference(*entry))), None)
    return None if _equal(got, expected) else (place, got, expected)


def _equal(got: Value, expected: Value) -> bool:
    if isinstance(expected, (float, np.ndarray)):
        return isinstance(got, type(expected)) and agree(np.asarray(got), np.asarray(expected), ROUNDING)
    return not isinstance(expected, (list, dict)) and type(got) is type(expected) and got == expected


def _shown(got: Value, wanted: Value) -> tuple[str, str]:
    if isinstance(got, float | np.ndarray) and isinstance(wanted, float | np.ndarray):
        return show_both(got, wanted)
    return _described(got), _described(wanted)


def _described(value: Value) -> str:
    return show(value) if isinstance(value, float | np.ndarray) else describe(value)
