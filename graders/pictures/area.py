"""The part of the sheet that a panel has, with what every panel has: title, key, and a name below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graders.pictures.ink import NORMAL, TITLE, fitting_size, shortened, width_of
from graders.pictures.markup import Markup, Point, across, box, circle, cross

WIDTH, HEIGHT = 600.0, 250.0
"""The sheet. A picture fits into a column of feedback; on a telephone its type is still readable."""

TOP, BOTTOM = 58.0, 198.0
"""Of what is drawn in a panel: titles and keys are above, labels below."""

TITLE_LINE, KEY_LINE, FIRST_LABEL, SECOND_LABEL, AXIS_LINE = 22.0, 43.0, 214.0, 227.0, 236.0
"""Base lines of texts."""

BEHIND_SIGN, BETWEEN = 5.0, 14.0
"""Gaps of a key: between a sign and its name, and before the next sign."""

PIECE = 26.0
"""Length of a piece of a line in a key."""


@dataclass(frozen=True)
class Sign:
    """A sign of a key, and its width. draw: is given the middle of its left side."""

    width: float
    draw: Callable[[Markup, Point], None]


@dataclass(frozen=True)
class Area:
    """A panel's place, from left to right."""

    left: float
    right: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def middle(self) -> float:
        """Half-way."""
        return (self.left + self.right) / 2

    def height(self, share: float) -> float:
        """Where a share of the height is, 0 at the bottom and 1 at the top."""
        return BOTTOM - share * (BOTTOM - TOP)


def write_title(sheet: Markup, area: Area, title: str) -> None:
    """Write the title above a panel."""
    size = fitting_size(title, TITLE, area.width, bold=True)
    short = shortened(title, size, area.width, bold=True)
    sheet.write("title text", (area.left, TITLE_LINE), short, size)


def write_key(sheet: Markup, area: Area, signs: Sequence[tuple[Sign, str, str]], y: float = KEY_LINE) -> None:
    """Say what is whose: sign, name and kind of type of each, from the left side of an area on."""
    between = sum(sign.width + BEHIND_SIGN for sign, _, _ in signs) + BETWEEN * (len(signs) - 1)
    names, room = "".join(name for _, name, _ in signs), area.width - between
    size = fitting_size(names, NORMAL, room, bold=True)
    share = room if width_of(names, size, bold=True) <= room + 1 else room / len(signs)
    x = area.left
    for sign, whole_name, kind in signs:
        name = shortened(whole_name, size, share, bold=True)
        sign.draw(sheet, (x, y - 4))
        x += sign.width + BEHIND_SIGN
        sheet.write(kind, (x, y), name, size)
        x += width_of(name, size, bold=True) + BETWEEN


def swatch(kind: str) -> Sign:
    """A small box of a kind."""
    return Sign(16.0, lambda sheet, at: sheet.draw(kind, [box(at[0], at[1] - 5.5, 16, 11)]))


def draw_crosses(sheet: Markup, points: Sequence[Point]) -> None:
    """Mark seen values."""
    sheet.draw("halo", [cross(point, 4.5) for point in points])
    sheet.draw("cross", [cross(point, 3.5) for point in points])


def draw_circles(sheet: Markup, points: Sequence[Point]) -> None:
    """Mark expected values; the circle is wide enough to be seen around a cross."""
    sheet.draw("circle", [circle(point, 5) for point in points])


def _piece_of_seen(sheet: Markup, at: Point) -> None:
    sheet.draw("seen-line", [across(at[0], at[1], at[0] + PIECE)])
    draw_crosses(sheet, [(at[0] + PIECE / 2, at[1])])


def _piece_of_expected(sheet: Markup, at: Point) -> None:
    sheet.draw("expected-line", [across(at[0], at[1], at[0] + PIECE)])
    draw_circles(sheet, [(at[0] + PIECE / 2, at[1])])


SEEN_LINE, EXPECTED_LINE = Sign(PIECE, _piece_of_seen), Sign(PIECE, _piece_of_expected)
"""Pieces of the two lines."""
