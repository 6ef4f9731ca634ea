"""The sheet that a picture is drawn on, and its SVG."""

from __future__ import annotations

from hashlib import blake2s

from graders.pictures.area import HEIGHT, WIDTH, Area
from graders.pictures.grid import draw_map
from graders.pictures.ink import HATCH, HATCHED, OF_HATCH, style
from graders.pictures.lines import draw_lines
from graders.pictures.markup import KEY, Markup, escaped
from graders.pictures.pairs import draw_pairs
from graders.pictures.panels import Map, Pairs, Panel, Sketch

MARGIN, GAP = 14.0, 26.0
"""Beside the panels, and between two of them."""

NARROWEST = 0.28
"""Share of the sheet that a panel with a single pair gets beside another one."""

MOST_SAID = 2000
"""Characters of the alternative text."""


def draw(sketch: Sketch, said: str) -> str:
    """Draw a sketch and return it as SVG, for light and dark pages. said: the same in words.

    The names in it begin with a digest of the picture, so that several can stand in one page.
    """
    sheet = Markup()
    if isinstance(sketch, Map):
        draw_map(sheet, sketch)
    else:
        _draw_panels(sheet, sketch)
    title = "Batches and updates" if isinstance(sketch, Map) else "; ".join(panel.title for panel in sketch)
    kinds = {"paper", *sheet.kinds}
    hatch = f"<defs>{HATCH}</defs>" if HATCHED in kinds else ""
    inside = (
        f'<title id="{KEY}-title">{escaped(title)}</title>'
        f'<desc id="{KEY}-words">{escaped(said, MOST_SAID)}</desc>'
        f"<style>{style({*kinds, *OF_HATCH} if hatch else kinds)}</style>{hatch}"
        f'<rect class="{KEY}-paper" width="100%" height="100%" rx="8"/>{sheet}'
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{KEY}" width="{WIDTH:g}" height="{HEIGHT:g}" '
        f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-labelledby="{KEY}-title {KEY}-words">'
        f"{inside}</svg>"
    )
    return svg.replace(KEY, f"p{blake2s(inside.encode(), digest_size=4).hexdigest()}")


def _draw_panels(sheet: Markup, panels: tuple[Panel, ...]) -> None:
    room, left = WIDTH - 2 * MARGIN - GAP * (len(panels) - 1), MARGIN
    for panel, share in zip(panels, _shares(panels), strict=True):
        area = Area(left, left + room * share)
        if isinstance(panel, Pairs):
            draw_pairs(sheet, area, panel)
        else:
            draw_lines(sheet, area, panel)
        left = area.right + GAP


def _shares(panels: tuple[Panel, ...]) -> list[float]:
    """How much of the sheet each panel gets."""
    if len(panels) == 1:
        return [1.0]
    single = [isinstance(panel, Pairs) and len(panel.labels) == 1 for panel in panels]
    if any(single) and not all(single):
        return [NARROWEST if narrow else 1.0 - NARROWEST for narrow in single]
    return [1.0 / len(panels)] * len(panels)
