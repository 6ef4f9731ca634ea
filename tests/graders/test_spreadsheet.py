"""Text that a spreadsheet would run."""

from __future__ import annotations

import pytest

from graders.spreadsheet import delimiter_of, harmless


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-", "-2", "+3.5", "ash", "a=b", "1-2", "ash@example.edu"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [("a,b;c,d\n1;2;3;4;5\n", ","), ("a;b\n", ";"), ("a\tb\n1,2,3,4\n", "\t"), ("a\n", ",")],
)
def test_the_first_line_tells_what_separates_columns(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter
