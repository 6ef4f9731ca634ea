"""Drawings as SVG text: axes, lines and marks, in the colours of the page that they stand in.

Nothing is needed for it but Python, and a drawing is as sharp and as dark as the notebook around it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 680
"""Units across, which are CSS pixels; a drawing shrinks with the cell, but no further than can be read."""

MOST_TICKS = 8
NUMBER_TOO_LARGE = 1e9
"""Where a value that is no number, or lies beyond the axes, is drawn; far outside, and still a number."""


@dataclass
class Drawing:
    """A picture being drawn. height: in units. label: what it shows, for those who do not see it."""

    height: float
    label: str
    width: float = WIDTH
    _parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str = "ts-line") -> None:
        """Draw a straight line."""
        at = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        self._parts.append(f'<line class="{style}" {at}/>')

    def box(self, x: float, y: float, width: float, height: float, style: str, opacity: float = 1.0) -> None:
        """Draw a rectangle with round corners."""
        at = f'x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(max(height, 0))}" rx="2"'
        faint = "" if opacity >= 1 else f' fill-opacity="{_n(opacity)}"'
        self._parts.append(f'<rect class="{style}" {at}{faint}/>')

    def text(self, x: float, y: float, words: str, style: str = "ts-text", anchor: str = "start") -> None:
        """Write a line of text; y is where its letters stand."""
        at = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
        self._parts.append(f'<text class="{style}" {at}>{escape(words)}</text>')

    def path(self, points: Iterable[tuple[float, float]], style: str) -> None:
        """Draw a line through points."""
        joined = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._parts.append(f'<polyline class="{style}" points="{joined}"/>')

    def mark(self, x: float, y: float, kind: str, style: str, size: float = 4.0) -> None:
        """Draw a small mark: dot, square, cross, diamond or ring."""
        if kind in ("dot", "ring"):
            self._parts.append(f'<circle class="{style}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(size)}"/>')
        elif kind == "cross":
            self.line(x - size, y - size, x + size, y + size, style)
            self.line(x - size, y + size, x + size, y - size, style)
        elif kind == "square":
            self.box(x - size, y - size, 2 * size, 2 * size, style)
        else:
            corners = ((x, y - size), (x + size, y), (x, y + size), (x - size, y), (x, y - size))
            self.path(corners, style)

    def ellipse(self, x: float, y: float, radii: tuple[float, float], degrees: float, style: str) -> None:
        """Draw an ellipse, turned clockwise."""
        at = f'cx="{_n(x)}" cy="{_n(y)}" rx="{_n(radii[0])}" ry="{_n(radii[1])}"'
        turned = f'transform="rotate({_n(degrees)} {_n(x)} {_n(y)})"'
        self._parts.append(f'<ellipse class="{style}" {at} {turned}/>')

    def clipped(self, box: tuple[float, float, float, float], inner: Drawing) -> None:
        """Put in what another drawing of the same size shows within a box: x, y, width, height."""
        x, y, width, height = map(_n, box)
        self._parts.append(
            f'<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}">'
            f"{''.join(inner._parts)}</svg>"
        )

    def svg(self) -> str:
        """Return the drawing as an element of a page."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'width="{_n(self.width)}" height="{_n(self.height)}" '
            f'role="img" aria-label="{escape(self.label)}">{"".join(self._parts)}</svg>'
        )


def _n(value: float) -> str:
    """Write a coordinate; one that is no number far outside of the picture."""
    number = float(value)
    if not math.isfinite(number):
        number = NUMBER_TOO_LARGE
    return f"{max(-NUMBER_TOO_LARGE, min(NUMBER_TOO_LARGE, round(number, 2))):g}"


@dataclass(frozen=True)
class Axes:
    """A rectangle of a drawing, and the values at its edges.

    logarithmic: whether y counts in powers of ten; then `y` is in values, too.
    """

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    logarithmic: bool = False

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the drawing a pair of values lies."""
        return self.across(x), self.up(y)

    def across(self, x: float) -> float:
        """Return where a value of x lies."""
        low, high = self.x
        return self.left + self.width * (x - low) / (high - low)

    def up(self, y: float) -> float:
        """Return where a value of y lies."""
        low, high, value = (math.log10(v) for v in (*self.y, y)) if self.logarithmic else (*self.y, y)
        return self.top + self.height * (1.0 - (value - low) / (high - low))

    def draw(self, drawing: Drawing, x_label: str, y_label: str, x_ticks: Sequence[float] = ()) -> None:
        """Draw edges, ticks, faint lines across, and labels."""
        bottom, right = self.top + self.height, self.left + self.width
        for value in decades(*self.y) if self.logarithmic else ticks(*self.y):
            drawing.line(self.left, self.up(value), right, self.up(value), "ts-grid")
            drawing.text(self.left - 7, self.up(value) + 4, f"{value:.4g}", "ts-small", "end")
        for value in x_ticks or ticks(*self.x):
            drawing.text(self.across(value), bottom + 17, f"{value:g}", "ts-small", "middle")
        drawing.line(self.left, bottom, right, bottom)
        drawing.text((self.left + right) / 2, bottom + 34, x_label, "ts-small", "middle")
        drawing.text(self.left - 44, self.top - 10, y_label, "ts-small")


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two values."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    rough = (high - low) / MOST_TICKS
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + i) * step, 12) for i in range(count)]


def decades(low: float, high: float) -> list[float]:
    """Return some powers of ten between two values."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    step = max(1, math.ceil((last - first + 1) / MOST_TICKS))
    return [10.0**exponent for exponent in range(first, last + 1, step)]


def legend(
    drawing: Drawing, x: float, y: float, entries: Sequence[tuple[str, str, str]], line: bool = True
) -> None:
    """Write a line that says what marks mean: kind of mark, style of the mark, words."""
    for kind, style, words in entries:
        if line and style.endswith(("-line", "-dash")):
            drawing.line(x, y - 4, x + 18, y - 4, style)
        else:
            drawing.mark(x + 9, y - 4, kind, style)
        drawing.text(x + 24, y, words, "ts-small")
        x += 24 + 6.6 * len(words) + 22
