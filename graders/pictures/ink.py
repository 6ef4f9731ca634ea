"""Colours and type of all pictures, and what every panel has.

Blue and orange differ for colour-blind eyes too, and shapes and numbers tell the same. All places are
given, none is searched for by matplotlib: searching takes as long as drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D, Transform

SEEN, EXPECTED, OTHER = "#d95f02", "#1f5a99", "#8a8a8a"
TEXT, FAINT = "#222222", "#cccccc"
SMALL, NORMAL = 7.5, 9.5

POINTS_PER_INCH = 72

LONG, HALF_DIGIT = 5, 0.36
"""Characters from which on a number is written smaller; half the height of a digit, in sizes of type."""

Stamp = tuple[str, float, float]
"""A short text, and where it stands."""

LETTER = 0.68
"""Width of a bold letter, in sizes of type."""


def set_title(axes: Axes, title: str, pad: float) -> None:
    """Write the title above the panel, `pad` points from it."""
    axes.set_title(title, loc="left", fontsize=NORMAL, color=TEXT, pad=pad, y=1.0, fontweight="bold")


def prepare(axes: Axes, title: str) -> None:
    """Set the title, with room for the key below it, and leave of the frame what is needed."""
    set_title(axes, title, pad=20)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(OTHER)
    axes.tick_params(labelsize=SMALL, colors=TEXT, length=2, pad=2)
    axes.set_axisbelow(True)


def name_axis(axes: Axes, name: str) -> None:
    """Write below the panel what is counted there."""
    axes.text(
        0.5, -0.19, name, transform=axes.transAxes, ha="center", va="center", fontsize=SMALL, color=TEXT
    )


def add_key(axes: Axes, names: Sequence[tuple[str, str, str]]) -> None:
    """Say above the panel what is whose: sign, name and colour of each. Not a legend, which takes longer."""
    shift = 0.0
    for sign, name, color in names:
        text = f"{sign} {name}"
        axes.annotate(
            text, (0, 1), (shift, 5), xycoords="axes fraction", textcoords="offset points", color=color,
            fontsize=SMALL, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
        shift += (len(text) + 2) * SMALL * LETTER


def stamp(axes: Axes, texts: Sequence[Stamp], transform: Transform | None = None) -> None:
    """Write many short texts as shapes of one collection, which takes a fraction of the time of texts.

    transform: what the places are in, other than data.
    """
    shapes = {text: _shape(text) for text, _, _ in texts}
    stamps = PathCollection(
        [shapes[text] for text, _, _ in texts],
        offsets=[(x, y) for _, x, y in texts],
        offset_transform=transform or axes.transData,
    )
    stamps.set_transform(Affine2D().scale(axes.figure.dpi / POINTS_PER_INCH))
    stamps.set(facecolor=TEXT, linewidth=0, clip_on=False, zorder=4)
    axes.add_collection(stamps, autolim=False)


@cache
def _shape(text: str) -> Path:
    """The outlines of a text, in points, around its middle."""
    size = SMALL if len(text) < LONG else SMALL - 1.5
    outlines = TextPath((0, 0), text, size=size)
    box = outlines.get_extents()
    return Affine2D().translate(-(box.x0 + box.x1) / 2, -size * HALF_DIGIT).transform_path(outlines)
