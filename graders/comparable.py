"""Evidence made ready to be compared often: what each part consists of, and its numbers in one vector."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np

from graders.criteria.base import ROUNDING
from graders.evidence import KEPT_PARTS, Array, Evidence, Other, PartEvidence, Value

SMALLEST_SCALE = 1e-3
"""Arrays whose largest entry is smaller are compared as if it were this, as the criteria do."""


class Comparable:
    """One experiment's evidence. What was raised counts by its type, not by its words or place."""

    def __init__(self, evidence: Evidence) -> None:
        parts = sorted(evidence.parts.items())
        kinds = tuple((name, part.error and part.error.type, len(part.observed)) for name, part in parts)
        self._parts = [part for _, part in parts]
        self._kind = evidence.experiment, evidence.error is None, kinds

    def equals(self, known: Comparable) -> bool:
        """Whether nothing but rounding is different. Rounding is relative to the known numbers."""
        return self._kind == known._kind and all(map(_are_alike, self._parts, known._parts))


def _are_alike(seen: PartEvidence, known: PartEvidence) -> bool:
    return seen is known or _content(seen).equals(_content(known))


@lru_cache(KEPT_PARTS)
def _content(part: PartEvidence) -> _Content:
    return _Content(part)


class _Content:
    """What a part observed."""

    def __init__(self, part: PartEvidence) -> None:
        self._tokens: list[Hashable] = []
        self._data: list[float] = []
        self._sizes: list[int] = []
        self._scales: list[float] = []
        for key in sorted(part.observed):
            self._tokens.append(key)
            self._add(part.observed[key])
        self._kind = tuple(self._tokens)
        self._numbers: Array = np.array(self._data, dtype=np.float64)
        self._allowed: Array = self._differences()

    def equals(self, known: _Content) -> bool:
        """Whether nothing but rounding is different."""
        return self._kind == known._kind and known._is_near(self._numbers)

    def _add(self, value: Value) -> None:
        if isinstance(value, np.ndarray):
            self._tokens += ("array", value.shape)
            self._data += value.ravel().tolist()
            if value.size:
                self._sizes.append(value.size)
                self._scales.append(SMALLEST_SCALE)
        elif isinstance(value, float):
            self._tokens.append("number")
            self._add_numbers([value])
        elif isinstance(value, list):
            if set(map(type, value)) == {float}:
                self._tokens += ("numbers", len(value))
                self._add_numbers(value)
                return
            self._tokens += ("list", len(value))
            for item in value:
                self._add(item)
        elif isinstance(value, dict):
            self._tokens += ("mapping", tuple(sorted(value)))
            for key in sorted(value):
                self._add(value[key])
        else:
            self._tokens += ("other", value.type) if isinstance(value, Other) else ("text or none", value)

    def _add_numbers(self, numbers: Sequence[Value]) -> None:
        """Add numbers that are compared each for itself."""
        count = len(numbers)
        self._data += numbers  # type: ignore[arg-type]
        self._sizes += [1] * count
        self._scales += [1.0] * count

    def _differences(self) -> Array:
        """How far another number may be from each; less than nothing where one is not finite."""
        if not self._sizes:
            return self._numbers
        starts = [0, *accumulate(self._sizes[:-1])]
        largest = np.maximum(np.maximum.reduceat(np.abs(self._numbers), starts), self._scales)
        allowed = np.where(np.isfinite(largest), ROUNDING * largest, -1.0)
        found: Array = np.repeat(allowed, self._sizes)
        return found

    def _is_near(self, seen: Array) -> bool:
        with np.errstate(all="ignore"):
            far = ~(np.abs(seen - self._numbers) <= self._allowed)
        if not far.any():
            return True
        one, other = seen[far], self._numbers[far]
        return bool(((one == other) | (np.isnan(one) & np.isnan(other))).all())


def same(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence are equal but for rounding, errors included."""
    return Comparable(one).equals(Comparable(other))
