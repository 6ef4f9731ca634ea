"""Draws values in the course of a run: expected with circles, seen as a broken line with crosses."""

from __future__ import annotations

import math

from graders.pictures.area import (
    AXIS_LINE,
    BOTTOM,
    EXPECTED_LINE,
    FIRST_LABEL,
    SEEN_LINE,
    TOP,
    Area,
    draw_circles,
    draw_crosses,
    write_key,
    write_title,
)
from graders.pictures.ink import NORMAL, shortened, width_of
from graders.pictures.labels import Labels
from graders.pictures.markup import Markup, Point, across, arrow, course, down
from graders.pictures.panels import Lines, Values, drawable, told_apart, written
from graders.pictures.scales import Scale, scale_for

BESIDE_TICKS = 8.0
"""Between the numbers of the axis and the axis, and a little more."""

BETWEEN_TICKS = 6.0
"""Room between two labels below the axis; where there is less, labels are left out."""

ABOVE, BELOW = -9.0, 18.0
"""From a point to the base line of its number."""

ARROW, MARK = 7.0, 4.5
"""Height of an arrow; from the middle of a mark to its edge."""


def draw_lines(sheet: Markup, area: Area, lines: Lines) -> None:
    """Draw both lines, and write the values where they part."""
    write_title(sheet, area, lines.title)
    write_key(sheet, area, [(SEEN_LINE, lines.names[0], "seen"), (EXPECTED_LINE, lines.names[1], "expected")])
    scale = scale_for([v for v in (*lines.seen, *lines.expected) if v is not None and drawable(v)])
    plot = _draw_axes(sheet, area, scale)
    places = _label_ticks(sheet, plot, lines)
    seen, expected = (_points(values, places, plot, scale) for values in (lines.seen, lines.expected))
    sheet.draw("expected-line", [course(expected, steps=lines.steps)])
    sheet.draw("seen-line", [course(seen, steps=lines.steps)])
    draw_circles(sheet, [point for point in expected if point])
    draw_crosses(sheet, [point for point in seen if point])
    labels = Labels(TOP, BOTTOM)
    for point in (*seen, *expected):
        if point:
            labels.keep_free(point, MARK)
    _write_parting(sheet, lines, seen, expected, labels)
    _write_beyond(sheet, plot, lines.seen, places, labels)


def _draw_axes(sheet: Markup, area: Area, scale: Scale) -> Area:
    """Draw the axes and the numbers beside them; return the area that is left for lines."""
    widest = max((width_of(label, NORMAL) for _, label in scale.ticks), default=0.0)
    plot = Area(area.left + widest + BESIDE_TICKS, area.right)
    heights = [(plot.height(scale.share(value)), label) for value, label in scale.ticks]
    sheet.draw("rule", [across(plot.left, y, plot.right) for y, _ in heights])
    sheet.draw("axis", [f"M{plot.left:.4g} {TOP:g}V{BOTTOM:g}H{plot.right:.4g}"])
    for y, label in heights:
        sheet.write("text", (plot.left - 5, y + 4), label, NORMAL, "end")
    return plot


def _label_ticks(sheet: Markup, plot: Area, lines: Lines) -> list[float]:
    """Label what is below, as far as there is room; return the place of each tick from left to right."""
    room = plot.width / max(len(lines.ticks), 1)
    places = [plot.left + (i + 0.5) * room for i in range(len(lines.ticks))]
    ticks = [shortened(tick, NORMAL, plot.width / 2) for tick in lines.ticks]
    widest = max((width_of(tick, NORMAL) for tick in ticks), default=0.0)
    every = max(1, math.ceil((widest + BETWEEN_TICKS) / room))
    for i in range(0, len(places), every):
        sheet.write("text", (places[i], FIRST_LABEL), ticks[i], NORMAL, "middle")
    name = shortened(lines.axis, NORMAL, plot.width)
    sheet.write("text", (plot.middle, AXIS_LINE), name, NORMAL, "middle")
    sheet.draw("break", [down(plot.left + start * room, TOP, BOTTOM) for start in lines.breaks])
    return places


def _points(values: Values, places: list[float], plot: Area, scale: Scale) -> list[Point | None]:
    """Where values are; None for those that cannot be drawn to scale."""
    return [
        (x, plot.height(scale.share(value))) if value is not None and drawable(value) else None
        for x, value in zip(places, values, strict=True)
    ]


def _write_beyond(sheet: Markup, plot: Area, values: Values, places: list[float], labels: Labels) -> None:
    """Point to values that are too large for any scale, and name the last of each kind."""
    beyond = [(x, v) for x, v in zip(places, values, strict=True) if v is not None and not drawable(v)]
    sheet.draw("arrow", [arrow((x, TOP + ARROW), ARROW) for x, value in beyond if value > 0])
    sheet.draw("arrow", [arrow((x, BOTTOM - ARROW), -ARROW) for x, value in beyond if value < 0])
    last = {(value > 0, value < 0): (x, value) for x, value in beyond}  # both are false for NaN
    for x, value in last.values():
        text = written(value)
        middle = min(x, plot.right - width_of(text, NORMAL, bold=True) / 2)
        at = labels.free((middle, TOP - 2 if value > 0 else BOTTOM - ARROW - 4), text, NORMAL)
        sheet.write("seen-number", at, text, NORMAL, "middle")


def _write_parting(
    sheet: Markup, lines: Lines, seen: list[Point | None], expected: list[Point | None], labels: Labels
) -> None:
    """Write the first values at which the lines part, and the last ones."""
    apart = [i for i in range(len(seen)) if _parted(lines.seen[i], lines.expected[i])]
    for i in sorted({apart[0], apart[-1]} if apart else set()):
        own, true = seen[i], expected[i]
        if own is None or true is None:
            continue
        texts = told_apart(lines.seen[i], lines.expected[i])
        higher = own[1] < true[1] or (own[1] == true[1] and (lines.seen[i] or 0) > (lines.expected[i] or 0))
        ends = i == len(seen) - 1 or seen[i + 1] is None
        anchor = "start" if i == 0 else "end" if ends else "middle"
        for point, text, kind, up in (
            (own, texts[0], "seen-number", higher),
            (true, texts[1], "expected-number", not higher),
        ):
            at = labels.free((point[0], point[1] + (ABOVE if up else BELOW)), text, NORMAL, anchor, up=up)
            sheet.write(kind, at, text, NORMAL, anchor)


def _parted(seen: float | None, expected: float | None) -> bool:
    """Whether two values can be drawn, and are written differently."""
    texts = told_apart(seen, expected)
    return drawable(seen) and drawable(expected) and texts[0] != texts[1]
