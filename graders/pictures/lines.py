"""Draws values in the course of a run: expected with circles, seen as a broken line with crosses."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes

from graders.pictures.ink import EXPECTED, FAINT, OTHER, SEEN, SMALL, add_key, name_axis, prepare, stamp
from graders.pictures.panels import Lines, Values, drawable, told_apart

WIDE = 20.0
"""Ratio of the largest to the smallest value from which on a logarithmic scale shows more."""

ROOM = 0.2
"""Share of the height left free above and below, for numbers."""

MOST_TICKS = 20
"""Labels in a row that can be read. More are left out."""

MOST_POWERS = 6

BELOW = -0.06
"""Where ticks are labelled, as a share of the height."""

Place = Callable[[float], float]
"""From a value to its height on the scale."""


def draw_lines(axes: Axes, lines: Lines) -> None:
    """Draw both lines, and write the values where they part."""
    prepare(axes, lines.title)
    place = _scale(axes, _heights(lines.seen) + _heights(lines.expected))
    seen, expected = (
        [place(height) for height in _heights(values)] for values in (lines.seen, lines.expected)
    )
    x, style = np.arange(len(lines.ticks)), "steps-mid" if lines.steps else "default"
    (crosses,) = axes.plot(x, seen, "X--", color=SEEN, drawstyle=style, zorder=3)
    crosses.set(linewidth=1.4, markersize=6, markeredgecolor="white", markeredgewidth=0.5)
    (circles,) = axes.plot(x, expected, "o-", color=EXPECTED, drawstyle=style)
    circles.set(linewidth=1.6, markersize=6.5, markerfacecolor="white", markeredgewidth=1.4)
    _ticks(axes, lines)
    _numbers(axes, lines, place)
    add_key(axes, [("✖- -", lines.names[0], SEEN), ("○—", lines.names[1], EXPECTED)])


def _heights(values: Values) -> list[float]:
    """What can be drawn of some values; gaps elsewhere."""
    return [value if value is not None and drawable(value) else math.nan for value in values]


def _scale(axes: Axes, heights: list[float]) -> Place:
    """Choose scale and limits: logarithmic where all is positive and the range is wide."""
    known = [height for height in heights if math.isfinite(height)] or [0.0]
    low, high = min(known), max(known)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    if low > 0 and math.log10(high) - math.log10(low) > math.log10(WIDE):
        _powers(axes, math.log10(low), math.log10(high))
        return math.log10
    room = ROOM * (high - low) or 0.5 * abs(high) or 1.0
    axes.set_ylim(low - room, high + room)
    return float


def _powers(axes: Axes, low: float, high: float) -> None:
    """Set the limits of a scale of exponents. Matplotlib's own scale takes longer than the picture."""
    low, high = low - ROOM * (high - low), high + ROOM * (high - low)
    every = -(-math.ceil(high - low) // MOST_POWERS)
    powers = [power for power in range(math.ceil(low), math.floor(high) + 1) if power % every == 0]
    axes.set_ylim(low, high)
    axes.set_yticks(powers, [_power(power) for power in powers])


def _power(exponent: int) -> str:
    """Write a power of ten."""
    return f"1e{exponent}" if abs(exponent) > 3 else f"{10.0**exponent:g}"


def _ticks(axes: Axes, lines: Lines) -> None:
    every = -(-len(lines.ticks) // MOST_TICKS) or 1
    labels = [(label, i, BELOW) for i, label in enumerate(lines.ticks)][::every]
    stamp(axes, labels, axes.get_xaxis_transform())
    axes.set_xticks([])
    axes.set_xlim(-0.5, len(lines.ticks) - 0.5)
    name_axis(axes, lines.axis)
    for start in lines.breaks:
        axes.axvline(start - 0.5, color=OTHER, linewidth=0.8, linestyle=(0, (2, 2)))


def _numbers(axes: Axes, lines: Lines, place: Place) -> None:
    """Write the first values at which the lines part, and the last ones."""
    apart = [i for i in range(len(lines.ticks)) if _parted(lines.seen[i], lines.expected[i])]
    for i in {apart[0], apart[-1]} if apart else set():
        seen, expected = lines.seen[i] or 0.0, lines.expected[i] or 0.0
        texts = told_apart(seen, expected)
        side = {0: "left", len(lines.ticks) - 1: "right"}.get(i, "center")
        _number(axes, (i, place(seen)), texts[0], SEEN, side, above=seen > expected)
        _number(axes, (i, place(expected)), texts[1], EXPECTED, side, above=seen <= expected)


def _parted(seen: float | None, expected: float | None) -> bool:
    """Whether two values can be drawn, and are written differently."""
    texts = told_apart(seen, expected)
    return drawable(seen) and drawable(expected) and texts[0] != texts[1]


def _number(axes: Axes, at: tuple[float, float], text: str, color: str, side: str, above: bool) -> None:
    axes.annotate(
        text, at, (0, 6 if above else -6), textcoords="offset points", ha=side,
        va="bottom" if above else "top", color=color, fontsize=SMALL, fontweight="bold",
    )  # fmt: skip
