"""Claims about axes, and about places for texts."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from graders.pictures.labels import Labels
from graders.pictures.scales import scale_for, ticks

FINITE = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 1, "0 0.2 0.4 0.6 0.8 1.0"),
        (-0.09, 0.11, "-0.05 0 0.05 0.10"),
        (0, 12, "0 2.5 5.0 7.5 10.0"),
        (-1, 99, "0 20 40 60 80"),
        (0, 1_200_000, "0 2.5e5 5e5 7.5e5 1e6"),
        (0.55331, 0.55349, "0.55335 0.55340 0.55345"),
        (-2e-7, 3e-7, "-2e-7 -1e-7 0 1e-7 2e-7 3e-7"),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, labels: str) -> None:
    assert " ".join(label for _, label in ticks(low, high)) == labels


@given(FINITE, FINITE)
def test_ticks_are_few_evenly_spaced_between_the_ends_and_written_as_what_they_are(
    one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assume(high - low > 1e-9 * max(abs(low), abs(high), 1e-280))
    found = ticks(low, high)
    assert 2 <= len(found) <= 6
    step = found[1][0] - found[0][0]
    tolerance = 1e-6 * (high - low)
    for place, label in found:
        assert low - tolerance <= place <= high + tolerance
        assert abs(float(label) - place) <= 0.01 * step
    assert all(math.isclose(b[0] - a[0], step, rel_tol=1e-3) for a, b in pairwise(found))
    assert len({label for _, label in found}) == len(found)


@given(st.lists(st.floats(-1e12, 1e12, allow_subnormal=True), max_size=6))
def test_all_values_and_ticks_are_on_the_scale(values: list[float]) -> None:
    scale = scale_for(values)
    assert all(0 <= scale.share(value) <= 1 for value in values)
    assert all(-1e-6 <= scale.share(place) <= 1 + 1e-6 for place, _ in scale.ticks)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1e-25, 1.0], "1e-30 1e-24 1e-18 1e-12 1e-6 1"),
        ([0.01, 0.394], "0.005 0.01 0.02 0.05 0.1 0.2 0.5"),
        ([0.0, 1000.0], "0 500 1000"),
        ([-1.0, 1000.0], "0 500 1000"),
    ],
)
def test_wide_ranges_of_positive_values_have_powers_of_ten(values: list[float], labels: str) -> None:
    assert " ".join(label for _, label in scale_for(values).ticks) == labels


def test_equal_values_are_in_the_middle() -> None:
    for value in (0.0, 5e-324, 0.3, -7.0, 1e12):
        assert scale_for([value, value]).share(value) == pytest.approx(0.5)


def test_a_text_makes_way_for_another_one_and_for_a_mark() -> None:
    labels = Labels(highest=0, lowest=100)
    assert labels.free((50, 50), "0.123", 12) == (50, 50)
    assert labels.free((200, 50), "0.123", 12) == (200, 50)
    _, above = labels.free((60, 50), "0.123", 12)
    assert above < 50 - 0.7 * 12
    labels.keep_free((300, 46), 5)
    _, below = labels.free((300, 48), "0.5", 12, up=False)
    assert below > 51 + 0.7 * 12


def test_no_text_leaves_the_panel_to_make_way() -> None:
    labels = Labels(highest=40, lowest=60)
    assert [labels.free((50, 50), "0.123", 12)[1] for _ in range(2)] == [50, 50]
