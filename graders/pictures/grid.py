"""Draws the map of batches and updates: seen on the left, expected on the right, what is wrong in a frame."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from graders.criteria.footprints import TRACE
from graders.pictures.ink import EXPECTED, FAINT, SEEN, SMALL, TEXT, set_title, stamp
from graders.pictures.panels import Map, Usage, written

MOST_UPDATES = 16
"""Columns in which numbers can still be read; the experiments have at most twelve if all is right."""

PLACES = ((0.075, 0.2, 0.425, 0.68), (0.565, 0.2, 0.425, 0.68))
"""Left, bottom, width and height of the two maps, as fractions of the sheet."""

BELOW = 1.07
"""Where the updates are numbered, below the last row."""

Cell = tuple[int, int]
"""An update and a row, from 0."""


def draw_map(figure: Figure, sketch: Map) -> None:
    """Draw both maps in one scale: a column is an update, a row is a batch."""
    columns = min(MOST_UPDATES, max(len(sketch.seen.weights), len(sketch.expected.weights), 1))
    seen, expected = (figure.add_axes(place) for place in PLACES)
    _draw_usage(seen, sketch.seen, "Your trainer", columns)
    _draw_usage(expected, sketch.expected, "Expected", columns)
    key = "     ".join([*_frame_wrong(seen, sketch), *_epochs(sketch)])
    figure.text(0.99, 0.03, key, ha="right", fontsize=SMALL, color=TEXT)


def _epochs(sketch: Map) -> list[str]:
    return ["thick line: a new epoch"] if len(sketch.expected.ends) > 1 else []


def _draw_usage(axes: Axes, usage: Usage, title: str, columns: int) -> None:
    updates = len(usage.weights)
    more = f", {columns} shown" if updates > columns else ""
    set_title(axes, f"{title}: {updates} update{'' if updates == 1 else 's'}{more}", pad=4)
    shown = Usage(usage.weights[:columns], usage.ends, usage.bias)
    _shade(axes, shown, columns)
    _write(axes, shown)
    _label(axes, shown)


def _shade(axes: Axes, usage: Usage, columns: int) -> None:
    """Shade the batches that an update used; the ground is white, and grey where there is no update."""
    updates, batches = usage.weights.shape
    rows = batches + (usage.bias is not None)
    shades = np.full((rows, columns, 3), 0.9)
    shades[:, :updates] = 1.0
    shades[:batches, :updates][np.abs(usage.weights.T) > TRACE] = (0.72, 0.83, 0.94)
    axes.imshow(shades, aspect="auto", interpolation="nearest", extent=(0.5, columns + 0.5, rows + 0.5, 0.5))
    axes.hlines(np.arange(1.5, rows), 0.5, columns + 0.5, colors=FAINT, linewidth=0.6)
    axes.vlines(np.arange(1.5, columns), 0.5, rows + 0.5, colors=FAINT, linewidth=0.6)


def _write(axes: Axes, usage: Usage) -> None:
    """Write into each cell how heavily the batch counts, and the gradient of the bias."""
    updates, batches = usage.weights.shape
    cells = {(u, b): usage.weights[u, b] for u, b in _cells(np.abs(usage.weights) > TRACE)}
    if usage.bias is not None:
        cells |= {(update, batches): usage.bias[update] for update in range(updates)}
    stamp(axes, [(_short(float(value)), update + 1, row + 1) for (update, row), value in cells.items()])


def _short(value: float) -> str:
    text = written(value, 2)
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def _label(axes: Axes, usage: Usage) -> None:
    """Name rows and columns, and draw the ends of epochs. No ticks: so many would take most of the time."""
    updates, batches = usage.weights.shape
    names = [f"batch {j + 1}" for j in range(batches)] + (["bias"] if usage.bias is not None else [])
    below = len(names) + 0.5
    numbers = below * BELOW
    for at, name in [*enumerate(names, start=1), (numbers, "update")]:
        axes.text(
            -0.012, at, name, transform=axes.get_yaxis_transform(), ha="right", va="center",
            fontsize=SMALL, color=TEXT,
        )  # fmt: skip
    stamp(axes, [(str(update), update, numbers) for update in range(1, updates + 1)])
    axes.vlines([end + 0.5 for end in usage.ends if 0 < end < updates], 0.5, below, colors=TEXT)
    axes.set_axis_off()


def _frame_wrong(axes: Axes, sketch: Map) -> list[str]:
    """Frame the cells that are wrong; return what the frames mean, for those that there are."""
    weights, wrong, leftovers = sketch.seen.weights, sketch.wrong, sketch.leftovers
    used = np.abs(weights) > TRACE
    bias = [(int(update), weights.shape[1]) for update in np.flatnonzero(sketch.wrong_bias[:MOST_UPDATES])]
    strange, missing = _cells(wrong & used) + bias, _cells(wrong & ~used)
    _frame(axes, strange, "-", SEEN)
    _frame(axes, missing, ":", EXPECTED)
    left_over = bool(leftovers.any()) and not np.any(wrong & used & ~leftovers)
    meaning = "a leftover of an earlier update" if left_over else "not as expected"
    return [f"frame: {meaning}"] * bool(strange) + ["dotted frame: missing"] * bool(missing)


def _cells(which: NDArray[np.bool_]) -> list[Cell]:
    return [(int(update), int(batch)) for update, batch in np.argwhere(which[:MOST_UPDATES])]


def _frame(axes: Axes, cells: list[Cell], style: str, color: str) -> None:
    frames = [Rectangle((update + 0.56, row + 0.58), 0.88, 0.84) for update, row in cells]
    face = "#fdd9bd" if style == "-" else "none"
    axes.add_collection(
        PatchCollection(frames, facecolor=face, edgecolor=color, linewidth=1.7, linestyle=style)
    )
