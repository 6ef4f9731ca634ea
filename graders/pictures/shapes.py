"""Values read from evidence for a picture. What does not fit raises `Unusable`; there is no picture then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graders.evidence import Array, PartEvidence, Unusable, Value
from graders.pictures.panels import Pairs, Values, drawable

MOST_SHOWN = 8
"""Pairs that can be read side by side in one panel; of more, those that differ most are shown."""


def numbers(part: PartEvidence, name: str) -> Values:
    """Return an observed list of numbers, with None for whatever is no number."""
    return tuple(number(item) for item in part.items(name))


def number(value: Value) -> float | None:
    """Return a value that is a number."""
    return value if isinstance(value, float) else None


def plain(values: Array) -> Values:
    """Return the entries of an array."""
    return tuple(float(value) for value in np.ravel(values))


def same_length(seen: Values, expected: Values) -> tuple[Values, Values]:
    """Fill the shorter of two lists with nothing, and leave of very long ones what can be shown."""
    most = min(max(len(seen), len(expected)), max(len(expected), MOST_SHOWN))
    return _filled(seen, most), _filled(expected, most)


def _filled(values: Values, length: int) -> Values:
    return (*values, *[None] * (length - len(values)))[:length]


def counted(word: str, count: int) -> tuple[str, ...]:
    """Labels that count from 1: epoch 1, epoch 2."""
    gap = "" if word.endswith("\n") else " "
    return tuple(f"{word}{gap}{i + 1}" for i in range(count))


def one_to(count: int) -> tuple[str, ...]:
    """Ticks that count from 1."""
    return tuple(str(i + 1) for i in range(count))


def most_different(seen: Values, expected: Values, most: int = MOST_SHOWN) -> list[int]:
    """Indices of the entries that differ most, in their order. Raises Unusable for other lengths."""
    if len(seen) != len(expected):
        raise Unusable("states of different sizes")
    gaps = [_gap(s, e) for s, e in zip(seen, expected, strict=True)]
    changed = [i for i in range(len(gaps)) if gaps[i] > 0.0]
    return sorted(sorted(changed, key=lambda i: -gaps[i])[:most])


def entries(title: str, seen: Values, expected: Values, names: tuple[str, str]) -> Pairs:
    """Sketch the entries in which two states differ most."""
    chosen = most_different(seen, expected)
    if len(chosen) < len(seen):
        title += f": the {len(chosen)} of {len(seen)} numbers that differ most"
    labels = tuple(f"no. {i + 1}" for i in chosen)
    return Pairs(
        title, labels, tuple(seen[i] for i in chosen), tuple(expected[i] for i in chosen), names=names
    )


def _gap(seen: float | None, expected: float | None) -> float:
    if seen is None or expected is None or not drawable(seen) or not drawable(expected):
        return 0.0 if seen == expected else float("inf")
    return abs(seen - expected)


def ends_of_epochs(part: PartEvidence) -> tuple[int, ...]:
    """How many updates there were after each epoch; empty where that was not observed."""
    counts = part.observed.get("updates")
    if not isinstance(counts, list) or not all(isinstance(c, float) and drawable(c) for c in counts):
        return ()
    return tuple(int(count) for count in counts if isinstance(count, float))


def vectors(part: PartEvidence, name: str, count: int) -> Sequence[Array]:
    """Return an observed list of just so many equally long vectors. Raises Unusable otherwise."""
    rows = part.rows(name)
    if len(rows) != count or rows.ndim != 2 or rows.shape[1] == 0:
        raise Unusable(f"{name!r} is no list of {count} vectors")
    return list(rows)


def drawable_or_none(value: float) -> float | None:
    """Return a value that can be drawn; None for any other."""
    return value if drawable(value) else None
