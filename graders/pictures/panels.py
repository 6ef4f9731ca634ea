"""What a picture shows: plain records of numbers, seen and expected, that also say themselves in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graders.criteria.footprints import TRACE
from graders.evidence import Array

Values = tuple[float | None, ...]
"""Numbers of any kind, NaN and infinities included; None where there is no number."""

VISIBLE = 1e-6
"""Relative difference from which a value counts as another one: rounding is smaller."""

MOST_DIGITS = 9
"""So that two numbers that differ visibly are never written alike."""

MOST_SAID = 6
"""Values that a sentence lists; of more, it tells the first ones and the last."""

MOST_IN_HALF = 4
"""Pairs whose numbers do not run into each other on half of the sheet."""

HUGE = 1e12
"""Values beyond this are written, but not drawn: next to them everything else would be a flat line."""


@dataclass(frozen=True)
class Pairs:
    """Values side by side. names: whose they are. other: a third value each. limit: a level to be kept.

    Raises:
        ValueError: there are not equally many labels and values.
    """

    title: str
    labels: tuple[str, ...]
    seen: Values
    expected: Values
    other: Values = ()
    other_name: str = "before"
    limit: float | None = None
    names: tuple[str, str] = ("yours", "expected")

    def __post_init__(self) -> None:
        _check_lengths(self.labels, self.seen, self.expected, self.other or self.labels)

    @property
    def wrong(self) -> tuple[bool, ...]:
        """Which values are not the expected ones."""
        scale = scale_of(self.expected)
        return tuple(differ(s, e, scale) for s, e in zip(self.seen, self.expected, strict=True))

    @property
    def differs(self) -> bool:
        """Whether there is anything to see."""
        return any(self.wrong)

    def words(self) -> str:
        """The same as a sentence: the wrong values and those expected in their place."""
        wrong = [i for i, is_wrong in enumerate(self.wrong) if is_wrong]
        if not wrong:
            return f"{self.title}: as expected"
        said = [_against(self, i) for i in wrong[:MOST_SAID]]
        more = f", and {len(wrong) - MOST_SAID} more" if len(wrong) > MOST_SAID else ""
        limit = "" if self.limit is None else f"; the limit is {self.limit:.4g}"
        return f"{self.title}, {self.names[0]} against {self.names[1]}: {', '.join(said)}{more}{limit}"


@dataclass(frozen=True)
class Lines:
    """Values in the course of a run, one per tick. breaks: where an epoch begins. steps: no slopes.

    Raises:
        ValueError: there are not equally many ticks and values.
    """

    title: str
    axis: str
    ticks: tuple[str, ...]
    seen: Values
    expected: Values
    breaks: tuple[int, ...] = ()
    steps: bool = False
    names: tuple[str, str] = ("yours", "expected")

    def __post_init__(self) -> None:
        _check_lengths(self.ticks, self.seen, self.expected)

    @property
    def differs(self) -> bool:
        """Whether there is anything to see; a value that was not looked at is no difference."""
        scale = scale_of(self.expected)
        pairs = zip(self.seen, self.expected, strict=True)
        return any(differ(s, e, scale) for s, e in pairs if s is not None and e is not None)

    def words(self) -> str:
        """The same as a sentence: the values of both lines."""
        return f"{self.title}: {self.names[0]} {listed(self.seen)}; {self.names[1]} {listed(self.expected)}"


@dataclass(frozen=True)
class Usage:
    """How heavily each update (a row) used each batch (a column). ends: updates after each epoch.

    bias: the gradients of the bias, where these do not follow from the batches.
    """

    weights: Array
    ends: tuple[int, ...] = ()
    bias: Array | None = None

    def said(self, update: int) -> str:
        """Name the batches of one update, counted from 1, and how heavily it used them."""
        used = np.flatnonzero(np.abs(self.weights[update]) > TRACE) if update < len(self.weights) else ()
        parts = [f"batch {j + 1} (weight {self.weights[update, j]:.3g})" for j in used]
        bias = "" if self.bias is None else f", bias gradient {self.bias[update]:.3g}"
        return (" and ".join(parts) or "no batch at all") + bias


@dataclass(frozen=True)
class Map:
    """The usage of batches by updates, seen and expected."""

    seen: Usage
    expected: Usage

    @property
    def comparable(self) -> bool:
        """Whether there are as many updates as there should be, so that they can be compared one by one."""
        return len(self.seen.weights) == len(self.expected.weights)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which weights are not the expected ones; none where the updates cannot be compared."""
        if not self.comparable:
            return np.zeros(self.seen.weights.shape, dtype=np.bool_)
        ways = (self.expected.weights, _own_length(self.expected.weights))
        off = np.array([np.abs(self.seen.weights - way) > TRACE for way in ways])
        return np.where(off[1].any(axis=1, keepdims=True), off[0], False)

    @property
    def leftovers(self) -> NDArray[np.bool_]:
        """Which wrong weights are of batches used before, in updates that have their own batches too."""
        used = np.abs(self.seen.weights) > TRACE
        before = np.cumsum(used, axis=0) - used > 0
        complete = ~np.any(self.wrong & ~used, axis=1, keepdims=True)
        return np.asarray(self.wrong & used & before & complete)

    @property
    def wrong_bias(self) -> NDArray[np.bool_]:
        """Which gradients of the bias are not the expected ones."""
        seen, expected = self.seen.bias, self.expected.bias
        if seen is None or expected is None or not self.comparable:
            return np.zeros(len(self.seen.weights), dtype=np.bool_)
        return np.abs(seen - expected) > TRACE

    @property
    def differs(self) -> bool:
        """Whether there is anything to see."""
        return not self.comparable or bool(self.wrong.any() or self.wrong_bias.any())

    def words(self) -> str:
        """The same as a sentence: the number of updates, or the first update that is wrong."""
        if not self.comparable:
            return (
                f"The map of batches and updates shows {_updates(self.seen)} where {_updates(self.expected)} "
                f"are expected. Your update 1 used {self.seen.said(0)}; expected is {self.expected.said(0)}"
            )
        bad = np.flatnonzero(self.wrong.any(axis=1) | self.wrong_bias)
        first = int(bad[0]) if len(bad) else 0
        return (
            f"The map of batches and updates differs in {len(bad)} of {_updates(self.seen)}. "
            f"First, update {first + 1} used {self.seen.said(first)}, "
            f"where {self.expected.said(first)} is expected"
        )


Panel = Pairs | Lines
Sketch = Map | tuple[Panel, ...]
"""A picture before it is drawn: a map, or one or two panels."""


def fitting(sketch: Sketch) -> Sketch:
    """Leave out what would not be readable: panels beyond the second, or beside one with many pairs."""
    if isinstance(sketch, Map):
        return sketch
    crowded = any(isinstance(panel, Pairs) and len(panel.labels) > MOST_IN_HALF for panel in sketch)
    telling = tuple(panel for panel in sketch if panel.differs)
    return telling[:1] if crowded else sketch[:2]


def differs(sketch: Sketch) -> bool:
    """Whether a sketch shows any difference."""
    return sketch.differs if isinstance(sketch, Map) else any(panel.differs for panel in sketch)


def words(sketch: Sketch) -> str:
    """Say a sketch in words, for those who cannot see the picture."""
    said = [sketch.words()] if isinstance(sketch, Map) else [p.words() for p in sketch if p.differs]
    return " ".join(f"{sentence}." for sentence in said)


def drawable(value: float | None) -> bool:
    """Whether a value can be drawn to scale."""
    return value is not None and bool(np.isfinite(value)) and abs(value) <= HUGE


def differ(seen: float | None, expected: float | None, scale: float) -> bool:
    """Whether two values differ by more than rounding; NaN and infinities differ from all else."""
    if seen is None or expected is None:
        return seen is not expected
    return seen != expected and not abs(seen - expected) <= VISIBLE * scale


def scale_of(values: Values) -> float:
    """The size of the largest value, at least a thousandth."""
    return max([1e-3, *(abs(value) for value in values if value is not None and drawable(value))])


def told_apart(seen: float | None, expected: float | None) -> tuple[str, str]:
    """Write two values with three digits, or as many as it takes to tell them apart."""
    for digits in range(3, MOST_DIGITS):
        one, other = written(seen, digits), written(expected, digits)
        if one != other:
            break
    return (one, other) if seen != expected and one != other else (written(seen), written(expected))


def written(value: float | None, digits: int = 3) -> str:
    """Write one value."""
    return "none" if value is None else f"{value + 0.0:.{digits}g}"  # + 0.0: no "-0"


def listed(values: Sequence[float | None]) -> str:
    """Write some values; of many, the first ones and the last. What was not looked at is left out."""
    said = [written(value, 4) for value in values if value is not None]
    if len(said) > MOST_SAID:
        said = [*said[: MOST_SAID - 1], "...", said[-1]]
    return ", ".join(said) or "none"


def _check_lengths(*series: Sequence[object]) -> None:
    """Raise ValueError unless there are equally many of all."""
    if len({len(values) for values in series}) != 1:
        raise ValueError("labels and values of different numbers")


def _against(pairs: Pairs, index: int) -> str:
    seen, expected = told_apart(pairs.seen[index], pairs.expected[index])
    return f"{pairs.labels[index]} {seen} against {expected}".replace("\n", " ")


def _updates(usage: Usage) -> str:
    return f"{len(usage.weights)} update{'' if len(usage.weights) == 1 else 's'}"


def _own_length(weights: Array) -> Array:
    """The weights where a short group is divided by its own length, which is as good."""
    sums = weights.sum(axis=1, keepdims=True)
    full = float(sums.max(initial=0.0))
    return weights * full / np.where(sums > TRACE, sums, 1.0)
