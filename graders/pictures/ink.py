"""Colours and type of all pictures, for light and for dark pages, and the width of a text.

Blue and orange differ for colour-blind eyes too, and shapes and numbers tell the same.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import lru_cache

from graders.pictures.markup import KEY

TITLE, NORMAL, SMALLEST = 14.0, 12.0, 8.0
"""Sizes of type, in units of the sheet."""

LIGHT = {
    "paper": "#ffffff",
    "text": "#222222",
    "faint": "#d0d0d0",
    "seen": "#d95f02",
    "seen text": "#b34700",
    "seen ground": "#fdd9bd",
    "expected": "#1f5a99",
    "expected text": "#1f5a99",
    "other": "#8a8a8a",
    "other text": "#666666",
    "other ground": "#e6e6e6",
    "used": "#bcd3ee",
}

DARK = {
    "paper": "#1d2026",
    "text": "#e8e8e8",
    "faint": "#42464e",
    "seen": "#ff9a4d",
    "seen text": "#ffae70",
    "seen ground": "#6b3c12",
    "expected": "#7fb8f2",
    "expected text": "#8fc2f5",
    "other": "#9c9c9c",
    "other text": "#b4b4b4",
    "other ground": "#363a41",
    "used": "#2b4a6b",
}

COLOURED = {
    "paper": {"fill": "paper"},
    "text": {"fill": "text"},
    "seen": {"fill": "seen text"},
    "expected": {"fill": "expected text"},
    "other": {"fill": "other text"},
    "number": {"fill": "text", "stroke": "paper"},
    "seen-number": {"fill": "seen text", "stroke": "paper"},
    "expected-number": {"fill": "expected text", "stroke": "paper"},
    "rule": {"stroke": "faint"},
    "axis": {"stroke": "other"},
    "break": {"stroke": "other"},
    "limit": {"stroke": "text"},
    "seen-line": {"stroke": "seen"},
    "expected-line": {"stroke": "expected"},
    "halo": {"stroke": "paper"},
    "cross": {"stroke": "seen"},
    "circle": {"fill": "paper", "stroke": "expected"},
    "arrow": {"fill": "seen", "stroke": "paper"},
    "ground": {"fill": "seen ground"},
    "stripe": {"stroke": "seen"},
    "seen-bar": {"stroke": "seen"},
    "expected-bar": {"fill": "paper", "stroke": "expected"},
    "other-bar": {"fill": "other ground", "stroke": "other"},
    "used": {"fill": "used"},
    "nothing": {"fill": "other ground"},
    "strange": {"fill": "seen ground", "stroke": "seen"},
    "missing": {"stroke": "expected"},
    "epoch": {"stroke": "text"},
}
"""For each kind of mark, which colours it has."""

OUTLINED = "stroke-width:3px;stroke-linejoin:round;paint-order:stroke"
"""A number over a line or a bar stands out from it."""

DRAWN = {
    "seen": "font-weight:bold",
    "expected": "font-weight:bold",
    "other": "font-weight:bold",
    "title": "font-weight:bold",
    "wrong": "font-weight:bold",
    "number": OUTLINED,
    "seen-number": f"font-weight:bold;{OUTLINED}",
    "expected-number": f"font-weight:bold;{OUTLINED}",
    "rule": "fill:none;stroke-width:.8px",
    "axis": "fill:none;stroke-width:1px",
    "break": "fill:none;stroke-width:1px;stroke-dasharray:3px 3px",
    "limit": "fill:none;stroke-width:1.5px;stroke-dasharray:6px 4px",
    "seen-line": "fill:none;stroke-width:1.8px;stroke-dasharray:6px 4px",
    "expected-line": "fill:none;stroke-width:2px",
    "halo": "fill:none;stroke-width:4.4px",
    "cross": "fill:none;stroke-width:2.4px",
    "circle": "stroke-width:1.8px",
    "arrow": "stroke-width:1px",
    "stripe": "stroke-width:1.8px",
    "seen-bar": f"fill:url(#{KEY}-hatch);stroke-width:1.5px",
    "expected-bar": "stroke-width:1.5px",
    "other-bar": "stroke-width:1.2px",
    "strange": "stroke-width:2.2px",
    "missing": "fill:none;stroke-width:2.2px;stroke-dasharray:2px 3px",
    "epoch": "fill:none;stroke-width:2.2px",
}
"""What of a kind of mark is the same on light and on dark pages."""


def _rule(kind: str, colours: Mapping[str, str]) -> str:
    """The colours of a kind, if it has any of its own."""
    marks = ";".join(f"{name}:{colours[colour]}" for name, colour in COLOURED.get(kind, {}).items())
    return f".{KEY}-{kind}{{{marks}}}" if marks else ""


LOOKS = {kind: f".{KEY}-{kind}{{{look}}}" for kind, look in DRAWN.items()}
LIGHT_RULES = {kind: f"{_rule(kind, LIGHT)}{LOOKS.get(kind, '')}" for kind in {**COLOURED, **DRAWN}}
DARK_RULES = {kind: _rule(kind, DARK) for kind in COLOURED}


def style(kinds: Collection[str]) -> str:
    """The style sheet for these kinds of marks. All its names begin with the picture's key."""
    light = "".join(rule for kind, rule in LIGHT_RULES.items() if kind in kinds)
    dark = "".join(rule for kind, rule in DARK_RULES.items() if kind in kinds)
    whole = f".{KEY}{{max-width:100%;height:auto;font-family:sans-serif}}"
    return f"{whole}{light}@media (prefers-color-scheme:dark){{{dark}}}"


HATCH = (
    f'<pattern id="{KEY}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    f'patternTransform="rotate(45)"><path class="{KEY}-ground" d="M0 0h6v6h-6z"/>'
    f'<path class="{KEY}-stripe" d="M0 0v6"/></pattern>'
)
HATCHED, OF_HATCH = "seen-bar", ("ground", "stripe")
"""What bars of seen values are filled with."""

WIDTH_OF_NARROW, WIDTH_OF_LETTER = 0.32, 0.58
"""In sizes of type."""

NARROW = frozenset(" .,:;'|!()[]-ijlt")


@lru_cache(maxsize=1024)
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide the longest line of a text is, in whatever font a page has for it."""
    longest = max(text.split("\n"), key=len)
    letters = sum(WIDTH_OF_NARROW if c in NARROW else WIDTH_OF_LETTER for c in longest)
    return letters * size * (1.08 if bold else 1.0)


def fitting_size(text: str, size: float, room: float, *, bold: bool = False) -> float:
    """The size of type in which a text has room; the smallest one where it has none in any."""
    width = width_of(text, size, bold=bold)
    return size if width <= room else round(max(SMALLEST, size * room / width), 1)


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """As much of a text as there is room for."""
    while len(text) > 1 and width_of(text, size, bold=bold) > room:
        text = f"{text[: min(len(text) - 2, math.ceil(room / size / WIDTH_OF_NARROW))]}…"
    return text
