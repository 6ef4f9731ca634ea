"""Draws values side by side as bars: seen hatched, expected hollow, and the number on each."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from graders.pictures.ink import EXPECTED, OTHER, SEEN, SMALL, TEXT, add_key, prepare
from graders.pictures.panels import Pairs, Values, drawable, told_apart, written

ROOM = 0.84
"""Share of the place of a pair that its bars take."""

MARGIN, MARGIN_OF_ONE = 0.55, 1.1
"""From the middle of the first pair to the edge; beside a single one a limit has its name."""


@dataclass(frozen=True)
class Bars:
    """One bar of each pair: values, how they are written, whose they are, and how they look."""

    values: Values
    texts: tuple[str, ...]
    name: str
    edge: str
    face: str
    sign: str
    hatch: str | None = None


def draw_pairs(axes: Axes, pairs: Pairs) -> None:
    """Draw the bars of each pair; wrong ones have an unequal sign in their label."""
    prepare(axes, pairs.title)
    series = _series(pairs)
    width = ROOM / len(series)
    for i, bars in enumerate(series):
        _draw_bars(axes, bars, (i - (len(series) - 1) / 2) * width, width)
    _label(axes, pairs)
    _make_room(axes, [value for bars in series for value in _heights(bars.values)], pairs.limit)
    add_key(axes, [(bars.sign, bars.name, bars.edge) for bars in series])


def _series(pairs: Pairs) -> list[Bars]:
    texts = [told_apart(seen, expected) for seen, expected in zip(pairs.seen, pairs.expected, strict=True)]
    seen = Bars(pairs.seen, tuple(text[0] for text in texts), pairs.names[0], SEEN, "#fbd9be", "▨", "////")
    expected = Bars(pairs.expected, tuple(text[1] for text in texts), pairs.names[1], EXPECTED, "white", "□")
    if not pairs.other:
        return [seen, expected]
    other = Bars(pairs.other, tuple(map(written, pairs.other)), pairs.other_name, OTHER, "#e6e6e6", "▪")
    return [other, seen, expected]


def _heights(values: Values) -> list[float]:
    """How high the bars are: 0 for what cannot be drawn to scale."""
    return [value if value is not None and drawable(value) else 0.0 for value in values]


def _draw_bars(axes: Axes, bars: Bars, shift: float, width: float) -> None:
    places, heights = [i + shift for i in range(len(bars.values))], _heights(bars.values)
    axes.bar(
        places, heights, width * 0.9, facecolor=bars.face, edgecolor=bars.edge, linewidth=1.2,
        hatch=bars.hatch,
    )  # fmt: skip
    for place, height, text in zip(places, heights, bars.texts, strict=True):
        axes.annotate(
            text, (place, height), (0, -2.5 if height < 0 else 2.5), textcoords="offset points", ha="center",
            va="top" if height < 0 else "bottom", fontsize=SMALL, color=TEXT,
        )  # fmt: skip


def _label(axes: Axes, pairs: Pairs) -> None:
    wrong = pairs.wrong
    labels = [f"≠ {label}" if bad else label for label, bad in zip(pairs.labels, wrong, strict=True)]
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks([])
    for text, bad in zip(axes.get_xticklabels(), wrong, strict=True):
        text.set_fontweight("bold" if bad else "normal")
    margin = MARGIN if len(labels) > 1 else MARGIN_OF_ONE
    axes.set_xlim(-margin, len(labels) - 1 + margin)
    axes.axhline(0.0, color=OTHER, linewidth=0.8)
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)


def _make_room(axes: Axes, heights: list[float], limit: float | None) -> None:
    """Draw the limit if there is one, and leave room for the numbers above and below the bars."""
    low, high = min([0.0, *heights]), max([0.0, *heights, limit or 0.0])
    room = 0.17 * (high - low) or 1.0
    axes.set_ylim(low - (room if low < 0 else 0.0), high + room)
    if limit is not None:
        axes.axhline(limit, color=TEXT, linewidth=1.2, linestyle="--")
        text = f"limit\n{limit:.3g}"
        axes.text(-MARGIN_OF_ONE, limit - room / 4, text, va="top", fontsize=SMALL, color=TEXT)
