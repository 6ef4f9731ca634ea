"""Headings of a notebook have their place below those of the page."""

from __future__ import annotations

import re

import pytest
from markupsafe import Markup

from graders.feedback.outline import Outline


def levels(*given: int) -> list[int]:
    html = Outline().place(Markup("".join(f"<h{level}>t</h{level}>" for level in given)))
    return [int(level) for level in re.findall(r"<h(\d) id", html)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1, 2, 3, 2, 1), [3, 4, 5, 4, 3]),
        ((1, 4, 2), [3, 4, 4]),
        ((3, 1, 6), [3, 3, 4]),
        ((1, 2, 3, 4, 5, 6), [3, 4, 5, 6, 6, 6]),
    ],
)
def test_no_level_is_skipped(given: tuple[int, ...], expected: list[int]) -> None:
    assert levels(*given) == expected


def test_cells_go_on_where_the_last_one_ended() -> None:
    outline = Outline()
    outline.place(Markup("<h1>One &amp; only</h1>"))
    assert outline.place(Markup("<h2><em>Two</em></h2>")) == '<h4 id="heading-2"><em>Two</em></h4>'
    assert [(e.level, e.anchor, str(e.text)) for e in outline.contents()] == [
        (3, "heading-1", "One &amp; only"),
        (4, "heading-2", "Two"),
    ]
