"""Scales of axes: the values at the ends, and ticks at round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDE = 20.0
"""Ratio of the largest to the smallest value from which on a logarithmic scale shows more."""

ROOM = 0.2
"""Share of the height left free above and below, for numbers."""

SMALLEST_SPAN = 1e-9
"""Of the values' size; what lies closer together is drawn as one height."""

MOST_STEPS, MOST_POWERS, FEW_POWERS = 5, 6, 3

PLAIN_DIGITS = 5
"""Digits before the point, or zeros behind it, with which a tick is still written without an exponent."""

TINY = 1e-290
"""Smaller numbers have no powers of ten to count in."""


@dataclass(frozen=True)
class Scale:
    """From values to heights. low, high: the ends, exponents of ten where it is logarithmic."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """How far up a value is, from 0 to 1."""
        at = math.log10(value) if self.logarithmic else value
        return (at - self.low) / (self.high - self.low)


def scale_for(values: Sequence[float]) -> Scale:
    """Choose the scale for finite values: logarithmic where all are positive and the range is wide."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low > 0 and math.log10(high) - math.log10(low) > math.log10(WIDE):
        start, end = math.log10(low), math.log10(high)
        room = ROOM * (end - start)
        return Scale(start - room, end + room, powers(start - room, end + room), logarithmic=True)
    size = max(abs(low), abs(high))
    room = ROOM * (high - low) if high - low > max(SMALLEST_SPAN * size, TINY) else 0.5 * size
    room = room if room > TINY else 1.0
    return Scale(low - room, high + room, ticks(low - room, high + room))


def ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Round numbers between two others, at most six, and how they are written. high is above low."""
    raw = (high - low) / MOST_STEPS
    power = math.floor(math.log10(raw))
    factor = next(factor for factor in (1.0, 2.0, 2.5, 5.0, 10.0) if factor * 10.0**power >= raw * (1 - 1e-9))
    step = factor * 10.0**power
    decimals = -math.floor(math.log10(step) + SMALLEST_SPAN) + (factor == 2.5)
    places = [i * step for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
    largest = max((abs(place) for place in places), default=0.0)
    plain = largest < 10.0**PLAIN_DIGITS and decimals <= PLAIN_DIGITS
    return tuple((place, _plain(place, decimals) if plain else _short(place, decimals)) for place in places)


def powers(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Powers of ten between two exponents; of many, each second or third. Of few, their 2 and 5 fold too."""
    every = -(-math.ceil(high - low) // MOST_POWERS)
    exponents = [power for power in range(math.floor(low), math.floor(high) + 1) if power % every == 0]
    factors = (1, 2, 5) if sum(power >= low for power in exponents) < FEW_POWERS else (1,)
    found = [(factor, power) for power in exponents for factor in factors]
    inside = [(f, p) for f, p in found if low <= math.log10(f) + p <= high and p > math.log10(TINY)]
    return tuple((f * 10.0**p, _power(f, p)) for f, p in inside)


def _power(factor: int, exponent: int) -> str:
    plain = -PLAIN_DIGITS < exponent < PLAIN_DIGITS
    return f"{factor * 10.0**exponent:g}" if plain else f"{factor}e{exponent}"


def _plain(value: float, decimals: int) -> str:
    return "0" if value == 0 else f"{value:.{max(decimals, 0)}f}"


def _short(value: float, decimals: int) -> str:
    """With an exponent, and the digits that tell it from its neighbours."""
    if value == 0:
        return "0"
    digits = max(0, math.floor(math.log10(abs(value))) + decimals)
    mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
    mantissa = mantissa.rstrip("0").removesuffix(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"
