"""Training histories in the evidence: dicts with a list of numbers for each key, and further entries."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graders.criteria.base import SINGLE_PRECISION
from graders.criteria.showing import show
from graders.evidence import Unusable, Value, describe

KEYS = ("train_loss", "eval_loss", "learning_rates")
"""What a history has by the contract; further entries are free."""


def series(history: Value) -> Mapping[str, Value]:
    """Return what a history has under each of KEYS; an empty list where it has nothing.

    Raises:
        Unusable: it is no dict.
    """
    if not isinstance(history, dict):
        raise Unusable(f"history is {describe(history)} instead of a dict")
    return {key: _entries(history.get(key)) for key in KEYS}


def _entries(entries: Value) -> Value:
    if isinstance(entries, np.ndarray) and entries.ndim == 1:
        return [float(entry) for entry in entries]
    return [] if entries is None else entries


def length(entries: Value) -> int:
    """Return how many entries there are; none where it is no list."""
    return len(entries) if isinstance(entries, list | np.ndarray) else 0


def alike(one: object, other: object) -> bool:
    """Whether histories are equal but for rounding; nan, which further entries may hold, equals nan."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float | np.ndarray) and isinstance(other, float | np.ndarray):
        same_shape = np.shape(one) == np.shape(other)
        return same_shape and bool(np.allclose(one, other, SINGLE_PRECISION, 0.0, equal_nan=True))
    return one == other


def shown(value: Value) -> str:
    """Write the entries of a history for a message."""
    if isinstance(value, list) and all(isinstance(item, float) for item in value):
        return f"[{show(value)}]"  # type: ignore[arg-type]
    return describe(value)
