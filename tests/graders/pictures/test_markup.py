"""Claims about what becomes of hostile texts and numbers in a drawing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graders.pictures import Picture
from graders.pictures.canvas import draw
from graders.pictures.markup import KEY, LONGEST, escaped
from graders.pictures.panels import Lines, Map, Pairs, Usage, words
from tests.graders.pictures.drawing import complaints, read, texts

HOSTILE = [
    "<script>alert(1)</script>",
    "</text></svg><script>alert(1)</script><svg>",
    '"/><foreignObject><iframe src="javascript:alert(1)"/></foreignObject>',
    "' onload='alert(1)",
    "<a href='https://example.org'>here</a>",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "</style><style>@import 'https://example.org'",
    "{KEY}-paper",
    f"{KEY}-paper",
    "\x00\x01\x1b[31m\ud800\ufffe\uffff",
    "\u202egnp.exe\u2066",
    "x" * 100_000,
]
NUMBERS = st.floats() | st.sampled_from([1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf, -0.0, 1e12])
TEXTS = st.text(max_size=30) | st.sampled_from(HOSTILE)
MAYBE = st.none() | NUMBERS


def drawn(sketch: object) -> Picture:
    said = words(sketch)
    return Picture(draw(sketch, said), said)


@given(st.text() | st.sampled_from(HOSTILE))
@example("a\nb\tc")
def test_any_text_is_text_in_xml_and_not_long(text: str) -> None:
    element = read(f"<x>{escaped(text)}</x>")
    assert len(element) == 0 and len(element.text or "") <= LONGEST
    assert read(f'<x y="{escaped(text)}"/>').attrib.keys() == {"y"}
    assert KEY not in escaped(text)


@pytest.mark.parametrize("text", ["≠ weight 1", "history['train_loss']", "a < b & c", "Überlauf 学习 🙂"])
def test_harmless_text_is_kept(text: str) -> None:
    assert read(f"<x>{escaped(text)}</x>").text == text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_anywhere_in_a_picture_stays_text(text: str) -> None:
    pairs = Pairs(text, (text, "b"), (1.0, 2.0), (2.0, 2.0), (0.0, 1.0), text, 1.5, (text, text))
    lines = Lines(text, text, (text, text), (1.0, 2.0), (2.0, 2.0), (1,), names=(text, text))
    for sketch in ((pairs,), (lines,), (pairs, lines)):
        picture = drawn(sketch)
        assert complaints(picture) == []
        assert sum(said.startswith(as_read(text)[:8]) for said in texts(picture.svg)) >= len(sketch)


def as_read(text: str) -> str:
    """A text as it comes out of a picture."""
    return read(f"<x>{escaped(text)}</x>").text or ""


@given(st.data())
def test_any_numbers_are_drawn_within_the_sheet(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    seen, expected = (tuple(data.draw(st.lists(MAYBE, min_size=count, max_size=count))) for _ in range(2))
    labels = tuple(str(i) for i in range(count))
    limit = data.draw(st.none() | st.floats(-1e12, 1e12))
    lines = Lines("Loss", "epoch", labels, seen, expected, (1,) * (count > 1), data.draw(st.booleans()))
    pairs = Pairs("Values", labels, seen, expected, expected, limit=limit)
    for sketch in ((lines,), (pairs,), (lines, pairs)):
        assert complaints(drawn(sketch)) == []


@given(st.data())
def test_any_map_is_drawn_within_the_sheet(data: st.DataObject) -> None:
    batches, updates = data.draw(st.integers(1, 7)), data.draw(st.integers(0, 40))
    weights = np.array(data.draw(st.lists(NUMBERS, min_size=batches, max_size=batches)))
    ends = tuple(data.draw(st.lists(st.integers(-5, 60), max_size=4)))
    bias = np.full(updates, data.draw(NUMBERS)) if updates and data.draw(st.booleans()) else None
    expected = Usage(np.eye(batches), (3, 6), None if bias is None else np.zeros(batches))
    with np.errstate(all="ignore"):
        found = drawn(Map(Usage(np.tile(weights, (updates, 1)), ends, bias), expected))
    assert complaints(found) == []
