"""What evaluate returned: pairs of loss and accuracy, and the judgement of the accuracies."""

from __future__ import annotations

import numpy as np

from graders.criteria.base import Judgement, agree
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence, Unusable, Value, as_number
from graders.verdict import Failure


def evaluated(part: PartEvidence) -> Array:
    """Return what the calls of evaluate returned, as rows of loss and accuracy."""
    return np.array([_pair(value) for value in part.items("evaluated")])


def _pair(value: Value) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise Unusable(
            f"evaluate returned {'None' if value is None else value!s:.60} instead of a pair (loss, accuracy)"
        )
    return as_number(value[0], "loss"), as_number(value[1], "accuracy")


def close(one: Value, other: Value) -> bool:
    """Whether two values agree: numbers in arrays and lists, and what is missing in both."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float | np.ndarray) and isinstance(other, float | np.ndarray):
        return agree(np.asarray(one), np.asarray(other))
    return one is None and other is None


def accuracy(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """7 of 11 and 2 of 5 samples, in batches of unequal size, with each kind of label, and two classes.

    The data are the same afterwards.
    """
    got, expected = evaluated(seen)[:, 1], evaluated(truth)[:, 1]
    if agree(got, expected):
        if close(seen.value("data"), truth.value("data")):
            return None
        return Failure("data_changed", "other inputs or targets after evaluate", "the data as they were")
    if got.shape != expected.shape:
        raise Unusable(f"{len(got)} evaluations were recorded instead of {len(expected)}")
    one_kind_right = any(agree(got[i : i + 2], expected[i : i + 2]) for i in (0, 2, 4))
    cause = "accuracy_one_hot" if one_kind_right else "accuracy_wrong"
    seen_text, wanted = show_both(got, expected)
    return Failure(
        cause,
        f"accuracy with integer, float, one-hot labels, twice each, then of two classes: {seen_text}",
        f"{wanted} (7 of 11, or 2 of 5)",
    )


def accuracy_of_regression(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """A regression has no accuracy, with one output column or with two."""
    got = evaluated(seen)[:, 1]
    if agree(got, evaluated(truth)[:, 1]):
        return None
    return Failure("accuracy_regression", f"accuracy {show(got)}", "0.0")
