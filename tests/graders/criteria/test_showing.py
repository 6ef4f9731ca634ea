"""Numbers in messages: what was seen and what was expected never look alike where they differ."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graders.criteria.showing import MOST, show, show_both


def test_a_few_numbers_are_written_with_four_digits() -> None:
    assert show(0.123456) == "0.1235"
    assert show([1.0, 2.5, 1e-9]) == "1, 2.5, 1e-09"
    assert show(np.arange(8.0)) == "0, 1, 2, 3, 4, 5, ... (8 in all)"


def test_numbers_that_differ_visibly_are_written_as_they_would_be_alone() -> None:
    one, other = np.array([0.5, 0.25]), np.array([0.5, 0.125])
    assert show_both(one, other) == (show(one), show(other))


def test_as_many_digits_are_written_as_tell_two_numbers_apart() -> None:
    assert show_both(0.0067421, 0.0067424) == ("0.0067421", "0.0067424")
    assert show_both(1.0, math.nextafter(1.0, 2.0)) == ("1", "1.0000000000000002")


def test_a_difference_behind_the_first_few_is_shown_and_where_it_is() -> None:
    expected = np.arange(20.0)
    seen = expected.copy()
    seen[9] = -1.0
    assert show_both(seen, expected) == (
        "numbers 10 to 15 of 20: -1, 10, 11, 12, 13, 14",
        "numbers 10 to 15 of 20: 9, 10, 11, 12, 13, 14",
    )


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_shown_wherever_it_is(wrong: float) -> None:
    expected = np.arange(20.0)
    seen = expected.copy()
    seen[19] = wrong
    got, wanted = show_both(seen, expected)
    assert got == f"numbers 15 to 20 of 20: 14, 15, 16, 17, 18, {wrong:g}"
    assert wanted == "numbers 15 to 20 of 20: 14, 15, 16, 17, 18, 19"


def test_sets_of_different_lengths_are_shown_from_their_beginnings() -> None:
    assert show_both([], [1.0]) == ("", "1")
    assert show_both([1.0] * 3, [1.0]) == ("1, 1, 1", "1")


def test_any_two_different_vectors_look_different() -> None:
    rng = np.random.default_rng(7)
    for _ in range(500):
        expected = rng.normal(size=rng.integers(1, 3 * MOST))
        seen = expected.copy()
        place = rng.integers(len(seen))
        seen[place] *= 1.0 + 10.0 ** -rng.integers(1, 15)
        got, wanted = show_both(seen, expected)
        assert got != wanted, (seen, expected)
