"""Draws values side by side as bars: seen hatched, expected hollow, and the number on each."""

from __future__ import annotations

from dataclasses import dataclass

from graders.pictures.area import FIRST_LABEL, SECOND_LABEL, Area, swatch, write_key, write_title
from graders.pictures.ink import NORMAL, fitting_size, shortened, width_of
from graders.pictures.labels import Labels
from graders.pictures.markup import Markup, across, box
from graders.pictures.panels import Pairs, Values, drawable, told_apart, written

ROOM, BAR = 0.84, 0.9
"""Shares: of the place of a pair that its bars have, and of the place of a bar that it takes."""

WIDEST_BAR = 76.0

MARGIN_OF_ONE = 0.35
"""Share of the width that is left free on both sides of a single pair: a limit has its name there."""

SPREAD = 1.8
"""A number can be this much wider than its bar before it is written smaller: neighbours make way."""

SMALLEST_NUMBER = 10.0

ABOVE, BELOW = -4.0, 13.0
"""From the end of a bar to the base line of its number."""

FREE = 0.19
"""Share of the height left free beyond the bars, for numbers."""


@dataclass(frozen=True)
class Bars:
    """One bar of each pair: values, how they are written, whose they are, and how they look."""

    values: Values
    texts: tuple[str, ...]
    name: str
    kind: str


@dataclass(frozen=True)
class Levels:
    """From values to heights in an area, 0 included."""

    area: Area
    low: float
    high: float

    def of(self, value: float) -> float:
        """The height of a value."""
        return self.area.height((value - self.low) / (self.high - self.low))


def draw_pairs(sheet: Markup, area: Area, pairs: Pairs) -> None:
    """Draw the bars of each pair; wrong ones have an unequal sign in their label."""
    series = _series(pairs)
    write_title(sheet, area, pairs.title)
    write_key(sheet, area, [(swatch(f"{bars.kind}-bar"), bars.name, bars.kind) for bars in series])
    levels = _levels(area, [height for bars in series for height in _heights(bars.values)], pairs.limit)
    margin = MARGIN_OF_ONE * area.width / 2 if len(pairs.labels) == 1 else 0.0
    room = (area.width - 2 * margin) / max(len(pairs.labels), 1)
    middles = [area.left + margin + (i + 0.5) * room for i in range(len(pairs.labels))]
    width = min(ROOM * room / len(series), WIDEST_BAR)
    for i, bars in enumerate(series):
        shift = (i - (len(series) - 1) / 2) * width
        _draw_bars(sheet, bars, [middle + shift for middle in middles], width * BAR, levels)
    sheet.draw("axis", [across(area.left, levels.of(0.0), area.right)])
    _draw_limit(sheet, levels, pairs.limit)
    _write_numbers(sheet, series, middles, width, levels)
    _label(sheet, pairs, middles, area.width / max(len(pairs.labels), 1))


def _series(pairs: Pairs) -> list[Bars]:
    texts = [told_apart(seen, expected) for seen, expected in zip(pairs.seen, pairs.expected, strict=True)]
    seen = Bars(pairs.seen, tuple(text[0] for text in texts), pairs.names[0], "seen")
    expected = Bars(pairs.expected, tuple(text[1] for text in texts), pairs.names[1], "expected")
    if not pairs.other:
        return [seen, expected]
    return [Bars(pairs.other, tuple(map(written, pairs.other)), pairs.other_name, "other"), seen, expected]


def _heights(values: Values) -> list[float]:
    """How high the bars are: 0 for what cannot be drawn to scale."""
    return [value if value is not None and drawable(value) else 0.0 for value in values]


def _levels(area: Area, heights: list[float], limit: float | None) -> Levels:
    """Leave room for the numbers above and below the bars."""
    known = [0.0, limit or 0.0, *heights]
    low, high = min(known), max(known)
    room = FREE * (high - low) or 1.0
    return Levels(area, low - (room if low < 0 else 0.0), high + room)


def _draw_bars(sheet: Markup, bars: Bars, middles: list[float], width: float, levels: Levels) -> None:
    ground = levels.of(0.0)
    tops = [levels.of(height) for height in _heights(bars.values)]
    sheet.draw(
        f"{bars.kind}-bar",
        [
            box(middle - width / 2, min(top, ground), width, abs(ground - top))
            for middle, top in zip(middles, tops, strict=True)
        ],
    )


def _write_numbers(
    sheet: Markup, series: list[Bars], middles: list[float], width: float, levels: Levels
) -> None:
    """Write each number at the end of its bar, or a line further where another one is."""
    widest = max((width_of(text, NORMAL) for bars in series for text in bars.texts), default=0.0)
    smaller = NORMAL * SPREAD * width / widest if widest else NORMAL
    size = round(min(NORMAL, max(SMALLEST_NUMBER, smaller)), 1)
    labels = Labels()
    for pair, middle in enumerate(middles):
        for i, bars in enumerate(series):
            height = _heights(bars.values)[pair]
            x, end = middle + (i - (len(series) - 1) / 2) * width, levels.of(height)
            at = (x, end + (BELOW if height < 0 else ABOVE))
            at = labels.free(at, bars.texts[pair], size, up=height >= 0)
            sheet.write("number", at, bars.texts[pair], size, "middle")


def _label(sheet: Markup, pairs: Pairs, middles: list[float], room: float) -> None:
    labels = [f"≠ {label}" if bad else label for label, bad in zip(pairs.labels, pairs.wrong, strict=True)]
    size = min((fitting_size(label, NORMAL, room - 4, bold=True) for label in labels), default=NORMAL)
    for middle, label, bad in zip(middles, labels, pairs.wrong, strict=True):
        lines = label.split("\n")[:2]
        for y, line in zip((FIRST_LABEL, SECOND_LABEL), lines, strict=False):
            short = shortened(line, size, room, bold=True)
            sheet.write("wrong text" if bad else "text", (middle, y), short, size, "middle")


def _draw_limit(sheet: Markup, levels: Levels, limit: float | None) -> None:
    if limit is None:
        return
    y, area = levels.of(limit), levels.area
    sheet.draw("limit", [across(area.left, y, area.right)])
    for line, text in enumerate(("limit", f"{limit:.3g}"), start=1):
        sheet.write("number", (area.left, y + 13 * line), text, NORMAL)
