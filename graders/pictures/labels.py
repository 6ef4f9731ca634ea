"""Places for texts, so that none is written over another."""

from __future__ import annotations

import math

from graders.pictures.ink import width_of
from graders.pictures.markup import Point

MOST_SHIFTS = 3
"""How often a text makes way; then it stays, over whatever is there."""

GAP = 1.5
"""Between a text and the one that it made way for."""

HEIGHT = 0.74
"""Of digits, in sizes of type."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""

SHIFT = {"start": 0.0, "middle": -0.5, "end": -1.0}
"""From a text's place to its left end, in widths of the text."""


class Labels:
    """Remembers where texts are, and marks that no text should hide."""

    def __init__(self, highest: float = 0.0, lowest: float = math.inf) -> None:
        """Start with no texts. highest, lowest: base lines beyond which no text makes way."""
        self._highest, self._lowest = highest, lowest
        self._taken: list[Box] = []

    def keep_free(self, at: Point, reach: float) -> None:
        """Take the place around a mark."""
        self._taken.append((at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach))

    def free(self, at: Point, text: str, size: float, anchor: str = "middle", *, up: bool = True) -> Point:
        """Find the first free place for a text at its place, or above (below) it, and take it."""
        width, height = width_of(text, size), HEIGHT * size
        left, y = at[0] + SHIFT[anchor] * width, at[1]
        for _ in range(MOST_SHIFTS):
            box = (left, y - height, left + width, y)
            other = next((taken for taken in self._taken if _meet(box, taken)), None)
            if other is None:
                break
            y = other[1] - GAP if up else other[3] + GAP + height
        if not self._highest <= y <= self._lowest:
            y = at[1]
        self._taken.append((left, y - height, left + width, y))
        return at[0], y


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
