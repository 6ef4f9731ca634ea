"""Draws values in the course of a run: expected as a line with circles, seen as a broken line with crosses."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from graders.evidence import Array
from graders.pictures.ink import EXPECTED, FAINT, OTHER, SEEN, SMALL, TEXT, add_key, name_axis, prepare
from graders.pictures.panels import Lines, Values, drawable, told_apart

WIDE = 20.0
"""Ratio of the largest to the smallest value from which on a logarithmic scale shows more."""

ROOM = 0.2
"""Share of the height left free above and below, for numbers."""

MOST_TICKS = 20
MOST_POWERS = 6


def draw_lines(axes: Axes, lines: Lines) -> None:
    """Draw both lines, and write the values where they part."""
    prepare(axes, lines.title)
    seen, expected = _heights(lines.seen), _heights(lines.expected)
    _scale(axes, np.concatenate([seen, expected]))
    x, style = np.arange(len(lines.ticks)), "steps-mid" if lines.steps else "default"
    (crosses,) = axes.plot(x, seen, "X--", color=SEEN, drawstyle=style, label=lines.names[0], zorder=3)
    crosses.set(linewidth=1.4, markersize=6, markeredgecolor="white", markeredgewidth=0.5)
    (circles,) = axes.plot(x, expected, "o-", color=EXPECTED, drawstyle=style, label=lines.names[1])
    circles.set(linewidth=1.6, markersize=6.5, markerfacecolor="white", markeredgewidth=1.4)
    _ticks(axes, lines)
    _numbers(axes, lines)
    add_key(axes)


def _heights(values: Values) -> Array:
    """What can be drawn of some values; gaps elsewhere."""
    return np.array([value if drawable(value) else np.nan for value in values], dtype=np.float64)


def _scale(axes: Axes, heights: Array) -> None:
    """Choose scale and limits: logarithmic where all is positive and the range is wide."""
    known = heights[np.isfinite(heights)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    if low > 0 and math.log10(high) - math.log10(low) > math.log10(WIDE):
        _logarithmic(axes, math.log10(low), math.log10(high))
        return
    room = ROOM * (high - low) or 0.5 * abs(high) or 1.0
    axes.set_ylim(low - room, high + room)


def _logarithmic(axes: Axes, low: float, high: float) -> None:
    """Set a scale of powers of ten, whose exponents are given, with a tick at some of them."""
    room = ROOM * (high - low)
    low, high = max(low - room, -300.0), high + room
    every = -(-math.ceil(high - low) // MOST_POWERS)
    powers = [p for p in range(math.ceil(low), math.floor(high) + 1) if p % every == 0]
    axes.set_yscale("log")
    axes.set_ylim(10.0**low, 10.0**high)
    axes.set_yticks(
        [10.0**p for p in powers],
        [_power(p) for p in powers],
    )
    axes.set_yticks([], minor=True)


def _power(exponent: int) -> str:
    """Write a power of ten, in plain text: mathematical text takes longer than all else in a picture."""
    return f"1e{exponent}" if abs(exponent) > 3 else f"{10.0**exponent:g}"


def _ticks(axes: Axes, lines: Lines) -> None:
    every = -(-len(lines.ticks) // MOST_TICKS) or 1
    axes.set_xticks(range(0, len(lines.ticks), every), lines.ticks[::every])
    axes.set_xlim(-0.5, len(lines.ticks) - 0.5)
    name_axis(axes, lines.axis)
    for start in lines.breaks:
        axes.axvline(start - 0.5, color=OTHER, linewidth=0.8, linestyle=(0, (2, 2)))


def _numbers(axes: Axes, lines: Lines) -> None:
    """Write the first values at which the lines part, and the last ones."""
    apart = [i for i in range(len(lines.ticks)) if _parted(lines.seen[i], lines.expected[i])]
    for i in {apart[0], apart[-1]} if apart else set():
        seen, expected = lines.seen[i] or 0.0, lines.expected[i] or 0.0
        texts = told_apart(seen, expected)
        side = {0: "left", len(lines.ticks) - 1: "right"}.get(i, "center")
        _number(axes, (i, seen), texts[0], SEEN, side, above=seen > expected)
        _number(axes, (i, expected), texts[1], EXPECTED, side, above=seen <= expected)


def _parted(seen: float | None, expected: float | None) -> bool:
    """Whether two values can be drawn, and are written differently."""
    texts = told_apart(seen, expected)
    return drawable(seen) and drawable(expected) and texts[0] != texts[1]


def _number(axes: Axes, at: tuple[float, float], text: str, color: str, side: str, above: bool) -> None:
    axes.annotate(
        text, at, (0, 6 if above else -6), textcoords="offset points", ha=side,
        va="bottom" if above else "top", color=color, fontsize=SMALL, fontweight="bold",
    )  # fmt: skip
