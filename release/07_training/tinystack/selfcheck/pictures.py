"""What the pictures show: plain numbers that can be written as text, or drawn.

Colour never carries a meaning alone: marks, labels or frames say the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tinystack.selfcheck.svg import Axes, Drawing, legend

Array = NDArray[np.float64]

LONGEST_WHOLE = 1e4
"""Larger numbers are written with an exponent."""

LOG_FLOOR = 1e-24
LOG_CEILING = 1e30
"""Losses are drawn on a logarithmic scale, where zero and infinity have no place."""

LARGEST = 1e6
"""Values beyond are drawn at the edge."""


class Picture(Protocol):
    """What can be shown: by a caption, as text, or drawn."""

    def caption(self) -> str:
        """Say in one sentence what is seen."""
        ...

    def text(self) -> str:
        """Return the whole picture as text."""
        ...

    def svg(self) -> str:
        """Return the picture as an element of a page; its caption is its description."""
        ...


@dataclass(frozen=True)
class UsageMap:
    """Which batches are in the gradient that each update used, and how often.

    shares: one row per update, one column per batch; 1 is once. wrong: the cells that are not as expected.
    rows: the names of the updates.
    """

    shares: Array
    wrong: NDArray[np.bool_]
    rows: tuple[str, ...]

    def caption(self) -> str:
        """Say how many cells are wrong."""
        count = int(self.wrong.sum())
        verdict = f"{count} cells are not as expected, marked !" if count else "all as expected"
        return f"How often each batch is in the gradient of each update: {verdict}"

    def text(self) -> str:
        """Return a table with one line per update."""
        width = max(len(row) for row in self.rows)
        head = "   " + " " * width + "".join(f"{f'batch {j + 1}':>9}" for j in range(self.shares.shape[1]))
        body = [
            f"   {row:<{width}}"
            + "".join(
                f"{_marked(share, bad) + ('' if bad else '  '):>9}" for share, bad in zip(*line, strict=True)
            )
            for row, line in zip(self.rows, zip(self.shares, self.wrong, strict=True), strict=True)
        ]
        return "\n".join(["   " + self.caption(), head, *body])

    def svg(self) -> str:
        """Draw cells with the numbers in them; a wrong one has a thick frame and an exclamation mark."""
        updates, batches = self.shares.shape
        left, top, high = 150.0, 26.0, 26.0
        wide = min(104.0, (660.0 - left) / batches)
        drawing = Drawing(top + high * updates + 8, self.caption(), left + wide * batches + 8)
        for j in range(batches):
            drawing.text(left + wide * (j + 0.5), 17, f"batch {j + 1}", "ts-small", "middle")
        for u, name in enumerate(self.rows):
            drawing.text(left - 12, top + high * u + 18, name, "ts-small", "end")
        for (u, j), share in np.ndenumerate(self.shares):
            bad, used = bool(self.wrong[u, j]), float(np.nan_to_num(min(abs(share), 1.0)))
            x, y = left + wide * j, top + high * u
            drawing.box(x + 2, y + 2, wide - 4, high - 4, "ts-fill", 0.04 + 0.18 * used)
            if bad:
                drawing.box(x + 2, y + 2, wide - 4, high - 4, "ts-frame")
            style = "ts-bad" if bad else "ts-small"
            drawing.text(x + wide / 2, y + 18, _marked(float(share), bad), style, "middle")
        return drawing.svg()


@dataclass(frozen=True)
class LossCurve:
    """The loss per epoch beside the expected one, the limit to end below, and what was learned, in words."""

    losses: Array
    expected: Array
    limit: float
    learned: str

    def caption(self) -> str:
        """Say where the loss begins and ends, and what was learned."""
        first, last = (f"{self.losses[i]:.2g}" for i in (0, -1))
        way = f"Loss from {first} to {last} in {self.losses.size - 1} epochs"
        return f"{way} (expected {self.expected[-1]:.2g}, at most {self.limit:g}); {self.learned}"

    def text(self) -> str:
        """Return the caption, and some values on the way."""
        chosen = sorted({int(i) for i in np.linspace(0, self.losses.size - 1, 7)})
        rows = (("loss", self.losses), ("expected", self.expected))
        lines = [
            f"   {name + ' (after epochs):':<26}{', '.join(f'{values[i]:.2g} ({i})' for i in chosen)}"
            for name, values in rows
        ]
        return "\n".join([f"   {self.caption()}", *lines])

    def svg(self) -> str:
        """Draw both curves on a logarithmic scale, and the limit as a dashed line with its name."""
        drawing = Drawing(250, self.caption())
        losses, expected = (
            _between(values, LOG_FLOOR, LOG_CEILING) for values in (self.losses, self.expected)
        )
        values = np.concatenate([losses, expected, [self.limit]])
        low, high = 10.0 ** (math.log10(values.min()) - 0.5), 10.0 ** (math.log10(values.max()) + 0.5)
        axes = Axes(64, 44, 590, 160, (0.0, float(max(losses.size - 1, 1))), (low, high), logarithmic=True)
        axes.draw(drawing, "epochs trained", "mean loss")
        at = axes.up(self.limit)
        drawing.line(64, at, 654, at, "ts-b-dash")
        drawing.text(650, at - 5, f"should end below {self.limit:g}", "ts-small", "end")
        drawing.path((axes.at(e, y) for e, y in enumerate(expected)), "ts-quiet-dash")
        drawing.path((axes.at(e, y) for e, y in enumerate(losses)), "ts-a-line")
        for e, y in enumerate(expected):
            drawing.mark(*axes.at(e, float(y)), "ring", "ts-ring", 4.5)
        for e, y in enumerate(losses):
            drawing.mark(*axes.at(e, float(y)), "dot", "ts-fill", 2.6)
        legend(drawing, 200, 16, [("dot", "ts-fill", "your loss"), ("ring", "ts-ring", "expected")])
        return drawing.svg()


@dataclass(frozen=True)
class Rates:
    """Learning rates, as used and as scheduled, at positions counted in epochs from 0."""

    positions: Array
    used: Array
    scheduled: Array
    what: str = "used"

    def caption(self) -> str:
        """Say how many rates are off."""
        off = int(self._off().sum())
        verdict = (
            f"{off} of {self.used.size} are off the schedule"
            if off
            else f"all {self.used.size} are on the schedule"
        )
        return f"Learning rate per epoch: {verdict}"

    def _off(self) -> NDArray[np.bool_]:
        return ~np.isclose(self.used, self.scheduled, rtol=1e-6, atol=0.0)

    def text(self) -> str:
        """Return a table with one line per epoch."""
        body = []
        for epoch in sorted({int(position) for position in self.positions}):
            here = self.positions.astype(int) == epoch
            used = " ".join(
                f"{rate:.4g}" + " !" * bool(off)
                for rate, off in zip(self.used[here], self._off()[here], strict=True)
            )
            body.append(f"   epoch {epoch:>2}   schedule {self.scheduled[here][0]:<8.4g} {self.what}: {used}")
        return "\n".join(["   " + self.caption(), *body])

    def svg(self) -> str:
        """Draw the schedule as open squares, the rates used as points, or as crosses where they are off."""
        drawing, off = Drawing(240, self.caption()), self._off()
        used, scheduled = (_between(values, -LARGEST, LARGEST) for values in (self.used, self.scheduled))
        low, high = min(0.0, used.min(), scheduled.min()), max(used.max(), scheduled.max())
        last = int(self.positions.max())
        axes = Axes(64, 44, 590, 150, (-0.4, last + 1.0), (low, low + 1.12 * ((high - low) or 1.0)))
        whole = [float(epoch) for epoch in range(last + 1)]
        axes.draw(drawing, "epoch, counted from 0", "learning rate", whole)
        for position, rate in zip(self.positions, scheduled, strict=True):
            drawing.mark(*axes.at(position, rate), "square", "ts-open", 6)
        for position, rate, wrong in zip(self.positions, used, off, strict=True):
            kind, style = ("cross", "ts-cross") if wrong else ("dot", "ts-fill")
            drawing.mark(*axes.at(position, rate), kind, style, 4.5 if wrong else 3.2)
        entries = [("square", "ts-open", "schedule"), ("dot", "ts-fill", f"{self.what}, on the schedule")]
        if off.any():
            entries.append(("cross", "ts-cross", f"{self.what}, off the schedule"))
        legend(drawing, 170, 16, entries)
        return drawing.svg()


@dataclass(frozen=True)
class Norms:
    """Gradient norms before clipping and as used, one pair per update, and the limit."""

    before: Array
    used: Array
    limit: float

    def caption(self) -> str:
        """Say how many updates used more than the limit."""
        over = int((~(self.used <= self.limit * (1 + 1e-5))).sum())
        above = f"{over or 'none'} of {self.used.size} used are above the limit {self.limit:g}"
        return f"Gradient norms before and after clipping: {above}"

    def text(self) -> str:
        """Return a table with one line per update."""
        rows = enumerate(zip(self.before, self.used, strict=True), 1)
        return "\n".join(
            [
                "   " + self.caption(),
                *(f"   update {u}   before {b:.3f}   used {a:.3f}" for u, (b, a) in rows),
            ]
        )

    def svg(self) -> str:
        """Draw two bars per update, one of them empty, with their values, and the limit as a dashed line."""
        drawing = Drawing(240, self.caption())
        pairs = [_between(values, 0.0, LARGEST) for values in (self.before, self.used)]
        high = max(float(np.max(pairs)), self.limit) * 1.15
        axes = Axes(64, 44, 590, 150, (0.4, self.used.size + 0.6), (0.0, high))
        updates = range(1, self.used.size + 1)
        axes.draw(drawing, "update", "global L2 norm", [float(u) for u in updates])
        wide = min(46.0, 0.36 * (axes.across(2.0) - axes.across(1.0)))
        for shift, values, true, style in (
            (-1.05, pairs[0], self.before, "ts-open-dash"),
            (0.05, pairs[1], self.used, "ts-bar"),
        ):
            for u, value, exact in zip(updates, values, true, strict=True):
                x, y = axes.at(float(u), float(value))
                drawing.box(x + shift * wide, y, wide, axes.up(0.0) - y, style)
                drawing.text(x + (shift + 0.5) * wide, y - 5, f"{exact:.3g}", "ts-small", "middle")
        drawing.line(64, axes.up(self.limit), 654, axes.up(self.limit), "ts-b-dash")
        entries = [("square", "ts-open-dash", "before clipping"), ("square", "ts-bar", "used by the update")]
        legend(drawing, 170, 16, [*entries, ("dot", "ts-b-dash", f"limit {self.limit:g}")])
        return drawing.svg()


def _between(values: Array, low: float, high: float) -> Array:
    """Bring values between two limits; what is no number goes to the upper one."""
    return np.clip(np.nan_to_num(values, nan=high, posinf=high, neginf=low), low, high)


def cell(value: float) -> str:
    """Write a number in a few characters; one that is nearly whole without decimals, and nothing as a dot."""
    if not abs(value) < LONGEST_WHOLE:
        return f"{value:.2g}"
    if abs(value) < 1e-9:
        return "·"
    return f"{round(value)}" if abs(value - round(value)) < 1e-6 else f"{value:.2g}"


def _marked(share: float, wrong: bool) -> str:
    """Write the share of a batch; a wrong one with an exclamation mark, and as a digit if it is nothing."""
    return f"{cell(share).replace('·', '0')} !" if wrong else cell(share)
