"""Draws the map of batches and updates: seen on the left, expected on the right, what is wrong in a frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graders.criteria.footprints import TRACE
from graders.pictures.area import TITLE_LINE, Area, Sign, swatch, write_key
from graders.pictures.ink import NORMAL, SMALLEST, TITLE, fitting_size, width_of
from graders.pictures.markup import Markup, across, box, down
from graders.pictures.panels import Map, Usage, written

MOST_UPDATES = 16
"""Columns in which numbers can still be read; the experiments have at most twelve if all is right."""

LEFT, WIDTH, GAP = 60.0, 256.0, 15.0
"""Left side and width of the first map, and what is between it and the second. Both have the same rows."""

TOP, BOTTOM, KEY_LINE = 32.0, 200.0, 239.0

INSIDE = 1.6
"""Between a cell and its frame."""

DIGITS_UP, DIGITS_DOWN = 0.36, 16.0
"""From the middle of a cell to the base line of its number, in sizes of type; from the map to the updates."""

READABLE = 9.5
"""Size of type that a second digit is worth."""

Cell = tuple[int, int]
"""An update and a row, from 0."""


@dataclass(frozen=True)
class Place:
    """Where a map is, and how many columns and rows it has."""

    left: float
    columns: int
    rows: int

    @property
    def width(self) -> float:
        """Of one cell."""
        return WIDTH / self.columns

    @property
    def height(self) -> float:
        """Of one cell."""
        return (BOTTOM - TOP) / self.rows

    def cells(self, cells: Iterable[Cell], inside: float = 0.0) -> list[str]:
        """Boxes of cells, or smaller ones inside of them."""
        width, height = self.width - 2 * inside, self.height - 2 * inside
        return [
            box(self.left + update * self.width + inside, TOP + row * self.height + inside, width, height)
            for update, row in cells
        ]


def draw_map(sheet: Markup, sketch: Map) -> None:
    """Draw both maps in one scale: a column is an update, a row is a batch."""
    columns = min(MOST_UPDATES, max(len(sketch.seen.weights), len(sketch.expected.weights), 1))
    names = _rows(sketch)
    seen, expected = (Place(left, columns, max(len(names), 1)) for left in (LEFT, LEFT + WIDTH + GAP))
    _name_rows(sheet, seen, names)
    _draw_usage(sheet, seen, sketch.seen, "Your trainer")
    _draw_usage(sheet, expected, sketch.expected, "Expected")
    signs = [(swatch("used"), "used, with its weight"), *_frame_wrong(sheet, seen, sketch)]
    if any(len(usage.weights) < columns for usage in (sketch.seen, sketch.expected)):
        signs.append((swatch("nothing"), "no update"))
    if len(sketch.expected.ends) > 1:
        signs.append((EPOCH, "a new epoch"))
    for place, usage in ((seen, sketch.seen), (expected, sketch.expected)):
        _draw_epochs(sheet, place, usage)
    _write_key(sheet, signs)


def _rows(sketch: Map) -> list[str]:
    batches = max(sketch.seen.weights.shape[1], sketch.expected.weights.shape[1])
    has_bias = sketch.seen.bias is not None or sketch.expected.bias is not None
    return [f"batch {j + 1}" for j in range(batches)] + ["bias"] * has_bias


def _name_rows(sheet: Markup, place: Place, names: list[str]) -> None:
    size = min(NORMAL, place.height)
    for row, name in enumerate(names):
        y = TOP + (row + 0.5) * place.height + DIGITS_UP * size
        sheet.write("text", (place.left - 6, y), name, size, "end")
    sheet.write("text", (place.left - 6, BOTTOM + DIGITS_DOWN), "update", NORMAL, "end")


def _draw_usage(sheet: Markup, place: Place, usage: Usage, title: str) -> None:
    updates = len(usage.weights)
    more = f", {place.columns} shown" if updates > place.columns else ""
    text = f"{title}: {updates} update{'' if updates == 1 else 's'}{more}"
    sheet.write("title text", (place.left, TITLE_LINE), text, fitting_size(text, TITLE, WIDTH, bold=True))
    shown = Usage(usage.weights[: place.columns], usage.ends, usage.bias)
    _shade(sheet, place, shown)
    _write(sheet, place, shown)


def _shade(sheet: Markup, place: Place, usage: Usage) -> None:
    """Shade the batches that an update used; the ground is paper, and grey where there is no update."""
    right, end = place.left + len(usage.weights) * place.width, place.left + WIDTH
    if len(usage.weights) < place.columns:
        sheet.draw("nothing", [box(right, TOP, end - right, BOTTOM - TOP)])
    sheet.draw("used", place.cells(_cells(np.abs(usage.weights) > TRACE)))
    rows = [across(place.left, TOP + row * place.height, end) for row in range(place.rows + 1)]
    columns = [down(place.left + update * place.width, TOP, BOTTOM) for update in range(place.columns + 1)]
    sheet.draw("rule", [*rows, *columns])


def _write(sheet: Markup, place: Place, usage: Usage) -> None:
    """Write into each cell how heavily the batch counts, and the gradient of the bias; number the updates."""
    updates, batches = usage.weights.shape
    cells = {(u, b): float(usage.weights[u, b]) for u, b in _cells(np.abs(usage.weights) > TRACE)}
    _write_numbers(sheet, place, cells)
    if usage.bias is not None:
        _write_numbers(sheet, place, {(u, batches): float(usage.bias[u]) for u in range(updates)})
    for update in range(updates):
        x = place.left + (update + 0.5) * place.width
        sheet.write("text", (x, BOTTOM + DIGITS_DOWN), str(update + 1), NORMAL, "middle")


def _write_numbers(sheet: Markup, place: Place, cells: Mapping[Cell, float]) -> None:
    """Write numbers of one size of type; with one digit where two have no room, or none."""
    room = place.width - 2 * INSIDE
    texts = {cell: _short(value, room) for cell, value in cells.items()}
    size = min([place.height, *(fitting_size(text, NORMAL, room) for text in texts.values())])
    for (update, row), text in texts.items():
        x, y = place.left + (update + 0.5) * place.width, TOP + (row + 0.5) * place.height
        sheet.write("text", (x, y + DIGITS_UP * size), text, size, "middle")


def _short(value: float, room: float) -> str:
    for digits, size in ((2, READABLE), (1, SMALLEST)):
        text = written(value, digits)
        text = text.replace("0.", ".", 1) if abs(value) < 1 else text
        if width_of(text, size) <= room:
            return text
    return "…"


def _draw_epochs(sheet: Markup, place: Place, usage: Usage) -> None:
    last = min(len(usage.weights), place.columns)
    ends = [end for end in usage.ends if 0 < end < last]
    sheet.draw("epoch", [down(place.left + end * place.width, TOP, BOTTOM) for end in ends])


def _frame_wrong(sheet: Markup, place: Place, sketch: Map) -> list[tuple[Sign, str]]:
    """Frame the cells that are wrong; return what the frames mean, for those that there are."""
    weights, wrong, leftovers = sketch.seen.weights, sketch.wrong, sketch.leftovers
    used = np.abs(weights) > TRACE
    bias = [(int(update), weights.shape[1]) for update in np.flatnonzero(sketch.wrong_bias[:MOST_UPDATES])]
    strange, missing = _cells(wrong & used) + bias, _cells(wrong & ~used)
    sheet.draw("strange", place.cells(strange, INSIDE))
    sheet.draw("missing", place.cells(missing, INSIDE))
    left_over = bool(leftovers.any()) and not np.any(wrong & used & ~leftovers)
    meaning = "left over from an earlier update" if left_over else "not as expected"
    return [(swatch("strange"), meaning)] * bool(strange) + [(swatch("missing"), "missing")] * bool(missing)


def _cells(which: NDArray[np.bool_]) -> list[Cell]:
    return [(int(update), int(batch)) for update, batch in np.argwhere(which[:MOST_UPDATES])]


EPOCH = Sign(8.0, lambda sheet, at: sheet.draw("epoch", [down(at[0] + 4, at[1] - 7, at[1] + 7)]))


def _write_key(sheet: Markup, signs: list[tuple[Sign, str]]) -> None:
    """Say below the maps what shades, frames and lines mean."""
    whole = Area(LEFT, LEFT + 2 * WIDTH + GAP)
    write_key(sheet, whole, [(sign, text, "text") for sign, text in signs], KEY_LINE)
