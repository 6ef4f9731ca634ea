"""Colours and type of all pictures, and what every panel has.

Blue and orange differ for colour-blind eyes too, and shapes and numbers tell the same. All places are given, none is
searched for by matplotlib: searching takes as long as drawing.
"""

from __future__ import annotations

from matplotlib.axes import Axes

SEEN, EXPECTED, OTHER = "#d95f02", "#1f5a99", "#9a9a9a"
TEXT, FAINT = "#222222", "#cccccc"
SMALL, NORMAL = 7.5, 9.5


def prepare(axes: Axes, title: str, pad: float = 20.0) -> None:
    """Set the title, with room for the key below it, and leave of the frame what is needed."""
    axes.set_title(title, loc="left", fontsize=NORMAL, color=TEXT, pad=pad, y=1.0, fontweight="bold")
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


def add_key(axes: Axes) -> None:
    """Say above the panel what is whose."""
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, fontsize=SMALL, frameon=False,
        handlelength=1.8, columnspacing=1.2, handletextpad=0.5, borderpad=0.2, borderaxespad=0.0,
    )  # fmt: skip
