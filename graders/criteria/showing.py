"""Numbers in messages: short, and so that what was seen and what was expected can be told apart."""

from __future__ import annotations

import numpy as np

from graders.evidence import Array

MOST = 6
"""Of many numbers, so many are written."""

DIGITS = range(4, 18)
"""Significant digits: four, and more where two numbers would look alike; 17 tell any two float64 apart."""

VISIBLE = 5e-4
"""Relative difference of numbers that may look alike with four digits."""


def show(values: Array | float | list[float]) -> str:
    """Write numbers for a message: four significant digits, and the first few of many."""
    return _written(_vector(values), 0, DIGITS[0])


def show_both(seen: Array | float | list[float], expected: Array | float | list[float]) -> tuple[str, str]:
    """Write two sets of numbers that differ: the same few of each, and as many digits as show a difference.

    The few are the first ones, or, where these look alike, those from the first difference on.
    """
    one, other = _vector(seen), _vector(expected)
    start = _first_visible(one, other) if one.shape == other.shape else 0
    start = min(start, len(one) - MOST) if start >= MOST else 0
    for digits in DIGITS:
        texts = _written(one, start, digits), _written(other, start, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _vector(values: Array | float | list[float]) -> Array:
    return np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()


def _first_visible(one: Array, other: Array) -> int:
    """Where two vectors of one length differ first, so that it can be seen; else where they differ most."""
    with np.errstate(all="ignore"):
        apart = np.abs(one - other)
        visible = ~(apart <= VISIBLE * np.abs(other)) & ~((one == other) | (np.isnan(one) & np.isnan(other)))
    if visible.any():
        return int(np.argmax(visible))
    return int(np.argmax(apart)) if len(apart) else 0


def _written(vector: Array, start: int, digits: int) -> str:
    end = min(start + MOST, len(vector))
    text = ", ".join(f"{value:.{digits}g}" for value in vector[start:end])
    if start:
        return f"numbers {start + 1} to {end} of {len(vector)}: {text}"
    return text + (f", ... ({len(vector)} in all)" if len(vector) > MOST else "")
