"""The markup of a picture. All text goes through `escaped`, and all numbers through paths and places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

KEY = "\0"
"""Stands for the picture's own key, which is known when all is drawn. No text can hold it."""

LONGEST = 120
"""Characters of a text in a picture; the rest is cut off."""

FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
"""What XML does not allow, and what turns the direction of the text around it."""

Point = tuple[float, float]


@lru_cache(maxsize=1024)
def escaped(text: str, most: int = LONGEST) -> str:
    """Return text that is text in XML, whatever is in it."""
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return escape(FORBIDDEN.sub("?", short), quote=True)


class Markup:
    """Gathers shapes, and texts on top of them. kinds: those that there are."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._shapes: list[str] = []
        self._texts: dict[tuple[str, str, float], list[str]] = {}
        self.kinds: set[str] = set()

    def draw(self, kind: str, paths: Iterable[str]) -> None:
        """Draw paths as one shape."""
        path = "".join(paths)
        if path:
            self.kinds.add(kind)
            self._shapes.append(f'<path class="{KEY}-{kind}" d="{path}"/>')

    def write(self, kind: str, at: Point, text: str, size: float, anchor: str = "start") -> None:
        """Write a text at the left end, the middle or the right end (start, middle, end) of its base line."""
        self.kinds.update(kind.split())
        texts = self._texts.setdefault((kind, anchor, size), [])
        texts.append(f'<text x="{at[0]:.4g}" y="{at[1]:.4g}">{escaped(text)}</text>')

    def __str__(self) -> str:
        """All of it, with `KEY` in its names."""
        groups = (
            f'<g class="{names(kind)}" text-anchor="{anchor}" font-size="{size:g}">{"".join(texts)}</g>'
            for (kind, anchor, size), texts in self._texts.items()
        )
        return f"{''.join(self._shapes)}{''.join(groups)}"


def names(kinds: str) -> str:
    """The class names of one or more kinds."""
    return " ".join(f"{KEY}-{kind}" for kind in kinds.split())


def box(left: float, top: float, width: float, height: float) -> str:
    """A rectangle."""
    return f"M{left:.4g} {top:.4g}h{width:.4g}v{height:.4g}h{-width:.4g}z"


def across(left: float, y: float, right: float) -> str:
    """A line from left to right."""
    return f"M{left:.4g} {y:.4g}H{right:.4g}"


def down(x: float, top: float, bottom: float) -> str:
    """A line from top to bottom."""
    return f"M{x:.4g} {top:.4g}V{bottom:.4g}"


def circle(at: Point, radius: float) -> str:
    """A circle around a point."""
    turn, back = f"a{radius} {radius} 0 1 0 {2 * radius} 0", f"a{radius} {radius} 0 1 0 {-2 * radius} 0z"
    return f"M{at[0] - radius:.4g} {at[1]:.4g}{turn}{back}"


def cross(at: Point, reach: float) -> str:
    """A cross on a point."""
    side = 2 * reach
    return f"M{at[0] - reach:.4g} {at[1] - reach:.4g}l{side} {side}m0 {-side}l{-side} {side}"


def arrow(at: Point, reach: float) -> str:
    """A triangle that points up from a point, or down with a negative reach."""
    return f"M{at[0] - 5:.4g} {at[1]:.4g}h10l-5 {-reach}z"


def course(points: Sequence[Point | None], *, steps: bool) -> str:
    """A line through points, with slopes or with steps half-way between two; it is broken at None."""
    if not points:
        return ""
    pieces = [f"M{points[0][0]:.4g} {points[0][1]:.4g}" if points[0] else ""]
    for before, point in pairwise(points):
        if point is None:
            continue
        if before is None:
            pieces.append(f"M{point[0]:.4g} {point[1]:.4g}")
        elif steps:
            pieces.append(f"H{(before[0] + point[0]) / 2:.4g}V{point[1]:.4g}H{point[0]:.4g}")
        else:
            pieces.append(f"L{point[0]:.4g} {point[1]:.4g}")
    return "".join(pieces)
