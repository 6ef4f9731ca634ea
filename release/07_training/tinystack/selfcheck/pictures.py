"""What the pictures show: plain numbers that can be written as text, or drawn on a matplotlib figure.

matplotlib is needed by `draw` alone, which is given its figure. Colour never carries a meaning alone:
markers, labels or frames say the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLUE, ORANGE, GREY, LIGHT = "#0b5fa5", "#c2410c", "#6b7280", "#d1d5db"
"""Dark enough on white to be read by everybody (contrast above 4.5), and apart for colour-blind readers."""

WIDTH = 7.0
"""Inches; a notebook cell is wider at any usual size."""

LONGEST_WHOLE = 1e4
"""Larger numbers are written with an exponent."""

LOG_FLOOR = 1e-24
LOG_CEILING = 1e30
"""Losses are drawn on a logarithmic scale, where zero and infinity have no place."""


class Picture(Protocol):
    """What can be shown: by a caption, as text, or drawn."""

    def caption(self) -> str:
        """Say in one sentence what is seen."""
        ...

    def text(self) -> str:
        """Return the whole picture as text."""
        ...

    def size(self) -> tuple[float, float]:
        """Return width and height in inches."""
        ...

    def draw(self, figure: Any) -> None:
        """Draw on an empty matplotlib figure."""
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

    def size(self) -> tuple[float, float]:
        """Grow with the number of updates."""
        return WIDTH, max(1.8, 1.0 + 0.3 * len(self.rows))

    def draw(self, figure: Any) -> None:
        """Draw cells with the numbers in them; a wrong one has a thick frame and an exclamation mark."""
        axes = _axes(figure, self.caption())
        for (u, j), share in np.ndenumerate(self.shares):
            self._cell(axes, u, j, float(share))
        updates, batches = self.shares.shape
        axes.set(xlim=(-0.5, batches - 0.5), ylim=(updates - 0.5, -0.5))
        axes.set_xticks(range(batches), [f"batch {j + 1}" for j in range(batches)])
        axes.set_yticks(range(updates), self.rows)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)

    def _cell(self, axes: Any, u: int, j: int, share: float) -> None:
        from matplotlib.patches import Rectangle

        bad, used = bool(self.wrong[u, j]), float(np.nan_to_num(min(abs(share), 1.0)))
        edge, line = (ORANGE, 2.2) if bad else (LIGHT, 0.8)
        shade = (1.0 - 0.35 * used, 1.0 - 0.18 * used, 1.0)
        box = Rectangle((j - 0.46, u - 0.4), 0.92, 0.8, facecolor=shade, edgecolor=edge, linewidth=line)
        axes.add_patch(box)
        weight = "bold" if bad else "normal"
        axes.text(j, u, _marked(share, bad), weight=weight, ha="center", va="center", fontsize=10)


@dataclass(frozen=True)
class LossCurve:
    """The loss per epoch, the limit that it should end below, and what was learned, in words."""

    losses: Array
    limit: float
    learned: str

    def caption(self) -> str:
        """Say where the loss begins and ends, and what was learned."""
        first, last = (f"{self.losses[i]:.2g}" for i in (0, -1))
        way = f"Loss from {first} to {last} in {self.losses.size - 1} epochs"
        return f"{way} (should end below {self.limit:g}); {self.learned}"

    def text(self) -> str:
        """Return the caption, and some ten values on the way."""
        chosen = sorted({int(i) for i in np.linspace(0, self.losses.size - 1, 7)})
        values = ", ".join(f"{self.losses[i]:.2g} ({i})" for i in chosen)
        return f"   {self.caption()}\n   loss (after epochs): {values}"

    def size(self) -> tuple[float, float]:
        """A flat picture."""
        return WIDTH, 2.7

    def draw(self, figure: Any) -> None:
        """Draw the curve on a logarithmic scale, and the limit as a dashed line with its name."""
        axes = _axes(figure, f"Loss per epoch: {self.learned}")
        epochs = np.arange(self.losses.size)
        axes.semilogy(
            epochs,
            np.clip(self.losses, LOG_FLOOR, LOG_CEILING),
            "o-",
            color=BLUE,
            markersize=3.5,
            label="your loss",
        )
        axes.axhline(self.limit, color=ORANGE, linestyle="--", label=f"should end below {self.limit:g}")
        axes.set(xlabel="epochs trained", ylabel="mean loss")
        _finish(axes)


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

    def size(self) -> tuple[float, float]:
        """A flat picture."""
        return WIDTH, 2.7

    def draw(self, figure: Any) -> None:
        """Draw the schedule as open squares, the rates used as points, or as crosses where they are off."""
        axes, off = _axes(figure, self.caption()), self._off()
        open_squares = {"color": ORANGE, "markerfacecolor": "none", "markersize": 10, "linewidth": 1}
        axes.plot(self.positions, self.scheduled, "s", label="schedule", **open_squares)
        axes.plot(self.positions[~off], self.used[~off], "o", color=BLUE, markersize=4.5, label=self.what)
        if off.any():
            axes.plot(
                self.positions[off], self.used[off], "X", color=BLUE, markersize=8, label="off the schedule"
            )
        axes.set(xlabel="epoch, counted from 0", ylabel="learning rate")
        axes.margins(y=0.15)
        axes.set_ylim(bottom=0 if self.used.min() >= 0 else None)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _finish(axes)


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

    def size(self) -> tuple[float, float]:
        """A flat picture."""
        return WIDTH, 2.7

    def draw(self, figure: Any) -> None:
        """Draw two bars per update, one hatched, with their values, and the limit as a dashed line."""
        axes = _axes(figure, self.caption())
        at = np.arange(1, self.used.size + 1)
        before = {"color": LIGHT, "hatch": "//", "edgecolor": GREY, "label": "before clipping"}
        for bars in (
            axes.bar(at - 0.2, self.before, 0.38, **before),
            axes.bar(at + 0.2, self.used, 0.38, color=BLUE, label="used by the update"),
        ):
            axes.bar_label(bars, fmt="%.2f", fontsize=8, padding=1)
        axes.axhline(self.limit, color=ORANGE, linestyle="--", label=f"limit {self.limit:g}")
        axes.set(xlabel="update", ylabel="global L2 norm", xticks=at)
        axes.margins(y=0.12)
        _finish(axes)


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


def _axes(figure: Any, title: str) -> Any:
    figure.set_facecolor("white")
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure.add_subplot()


def _finish(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb")
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
