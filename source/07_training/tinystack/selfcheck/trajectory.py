"""The way that two parameters go on the contour map of their loss, beside the way that they should go."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinystack.selfcheck.svg import Axes, Drawing, legend

Array = NDArray[np.float64]

TOLERANCE = 1e-6
"""Both ways are made of the same operations on the same numbers; float32 is allowed."""

CONTOURS = (0.02, 0.08, 0.2, 0.4, 0.7, 1.0, 1.5)
"""Losses of the contour lines, relative to the loss at the start."""


@dataclass(frozen=True)
class Trajectory:
    """Two parameters after each update, from the start on, one row each.

    path: the trainer's. expected: gradient descent's. best: the parameters of the lowest loss. curvature: of
    the loss, 2 by 2, the same everywhere.
    """

    path: Array
    expected: Array
    best: Array
    curvature: Array
    names: tuple[str, str] = ("weight", "bias")

    def first_off(self) -> int | None:
        """Return the first update after which the parameters are elsewhere than they should be, from 1."""
        count = min(len(self.path), len(self.expected))
        off = ~np.all(np.abs(self.path[:count] - self.expected[:count]) <= TOLERANCE, axis=1)
        if off.any():
            return int(np.argmax(off))
        return None if len(self.path) == len(self.expected) else count

    def caption(self) -> str:
        """Say where the way ends, and whether it is the expected one."""
        (w, b), (true_w, true_b), off = self.path[-1], self.best, self.first_off()
        way = "as gradient descent goes" if off is None else f"off the expected way from update {off} on"
        end = f"ends at ({w:.3g}, {b:.3g}), the lowest point is ({true_w:.3g}, {true_b:.3g})"
        return f"Way of two parameters on the contour map of the loss: {way}; it {end}"

    def text(self) -> str:
        """Return the caption, and some points on the way."""
        lines = ["   " + self.caption(), f"   update   {', '.join(self.names):<22}expected"]
        count = min(len(self.path), len(self.expected))
        for u in sorted({int(i) for i in np.linspace(0, count - 1, 7)}):
            seen, right = (f"({w:.4g}, {b:.4g})" for w, b in (self.path[u], self.expected[u]))
            lines.append(f"   {u:>6}   {seen:<22}{right}")
        return "\n".join(lines)

    def svg(self) -> str:
        """Draw contour lines, both ways with their marks, the start, and the lowest point as a cross."""
        drawing = Drawing(330, self.caption())
        axes = self._axes()
        inner = Drawing(330, "")
        self._contours(inner, axes)
        path, expected = (
            np.clip(np.nan_to_num(way, nan=1e6), -1e6, 1e6) for way in (self.path, self.expected)
        )
        inner.path((axes.at(*point) for point in expected), "ts-quiet-dash")
        inner.path((axes.at(*point) for point in path), "ts-a-line")
        for point in expected:
            inner.mark(*axes.at(*point), "ring", "ts-ring", 4.5)
        for point in path:
            inner.mark(*axes.at(*point), "dot", "ts-fill", 2.6)
        inner.mark(*axes.at(*self.best), "cross", "ts-cross", 6)
        drawing.clipped((axes.left, axes.top, axes.width, axes.height), inner)
        axes.draw(drawing, self.names[0], self.names[1])
        x, y = axes.at(*expected[0])
        drawing.text(x + 8, y + 16, "start", "ts-small")
        entries = [("dot", "ts-fill", "your updates"), ("ring", "ts-ring", "expected")]
        legend(drawing, 190, 16, [*entries, ("cross", "ts-cross", "lowest loss")])
        return drawing.svg()

    def _axes(self) -> Axes:
        """Axes with one scale for both parameters, around the expected way."""
        points = np.vstack([self.expected, self.best])
        low, high = points.min(axis=0), points.max(axis=0)
        middle, units = (low + high) / 2.0, (590.0, 240.0)
        scale = max(1.35 * (high[0] - low[0]) / units[0], 1.6 * (high[1] - low[1]) / units[1])
        half = [scale * unit / 2.0 for unit in units]
        (x, y), (dx, dy) = middle, half
        return Axes(64, 44, *units, (float(x - dx), float(x + dx)), (float(y - dy), float(y + dy)))

    def _contours(self, drawing: Drawing, axes: Axes) -> None:
        """The loss is a quadratic: its contour lines are ellipses around the lowest point."""
        steepness, directions = np.linalg.eigh(self.curvature)
        start = self.expected[0] - self.best
        at_start = float(start @ self.curvature @ start)
        unit = axes.across(1.0) - axes.across(0.0)
        x, y = axes.at(*self.best)
        degrees = -math.degrees(math.atan2(directions[1, 0], directions[0, 0]))
        for share in CONTOURS:
            radii = [unit * math.sqrt(share * at_start / value) for value in steepness]
            drawing.ellipse(x, y, (radii[0], radii[1]), degrees, "ts-contour")
