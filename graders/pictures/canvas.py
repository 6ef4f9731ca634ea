"""The sheet that a picture is drawn on, and its PNG. No pyplot, so nothing is kept between pictures."""

from __future__ import annotations

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imsave

from graders.pictures.grid import draw_map
from graders.pictures.lines import draw_lines
from graders.pictures.pairs import draw_pairs
from graders.pictures.panels import Map, Pairs, Panel, Sketch

WIDTH, HEIGHT, DPI = 7.5, 2.6, 96
"""Inches, and dots per inch: a picture fits into a column of feedback, and weighs some 15 kB."""

SHADES = (np.rint(np.arange(256) / 17) * 17).astype(np.uint8)
"""Each channel is rounded to one of 16 values, white and black among them, which saves half of the bytes."""

LEFT, RIGHT, BOTTOM, TOP = 0.075, 0.985, 0.19, 0.80
"""Edges of the panels as fractions of the sheet: titles and keys above, labels below."""

GAP = 0.085
"""Between two panels, for the numbers of the second one's axis."""

NARROWEST = 0.28
"""Share of the sheet that a panel with a single pair gets beside another one."""


def draw(sketch: Sketch) -> bytes:
    """Draw a sketch and return it as PNG, on white, which can be read on light and dark pages."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    if isinstance(sketch, Map):
        draw_map(figure, sketch)
    else:
        _draw_panels(figure, sketch)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    png = io.BytesIO()
    imsave(png, SHADES[pixels], format="png")
    return png.getvalue()


def _draw_panels(figure: Figure, panels: tuple[Panel, ...]) -> None:
    room, left = RIGHT - LEFT - GAP * (len(panels) - 1), LEFT
    for panel, share in zip(panels, _shares(panels), strict=True):
        axes = figure.add_axes((left, BOTTOM, room * share, TOP - BOTTOM))
        if isinstance(panel, Pairs):
            draw_pairs(axes, panel)
        else:
            draw_lines(axes, panel)
        left += room * share + GAP


def _shares(panels: tuple[Panel, ...]) -> list[float]:
    """How much of the sheet each panel gets."""
    if len(panels) == 1:
        return [1.0]
    single = [isinstance(panel, Pairs) and len(panel.labels) == 1 for panel in panels]
    if any(single) and not all(single):
        return [NARROWEST if narrow else 1.0 - NARROWEST for narrow in single]
    return [1.0 / len(panels)] * len(panels)
