"""Pictures say in their text what they show, mark what is wrong by more than colour, and bear any numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tinystack.selfcheck.display import Inline, _draw
from tinystack.selfcheck.pictures import LossCurve, Norms, Picture, Rates, UsageMap

BAD = [np.nan, np.inf, -np.inf, 1e300]


def test_a_wrong_cell_of_the_usage_map_is_marked_in_the_text() -> None:
    wrong = np.array([[False, False], [True, False]])
    text = UsageMap(np.array([[1.0, 0.0], [0.5, 1.0]]), wrong, ("update 1", "update 2")).text()
    assert text.splitlines()[2].split() == ["update", "1", "1", "·"]
    assert text.splitlines()[3].split() == ["update", "2", "0.5", "!", "1"]
    assert "1 cells are not as expected, marked !" in text


def test_a_rate_off_the_schedule_is_marked_in_the_text() -> None:
    rates = Rates(np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.1, 0.1]), np.array([0.1, 0.1, 0.2]))
    assert rates.text().splitlines()[1].split() == ["epoch", "0", "schedule", "0.1", "used:", "0.1", "0.1"]
    assert rates.text().splitlines()[2].split() == ["epoch", "1", "schedule", "0.2", "used:", "0.1", "!"]
    assert "1 of 3 are off the schedule" in rates.caption()


def test_norms_above_the_limit_are_counted_in_the_caption() -> None:
    assert (
        "1 of 2 used are above the limit 2"
        in Norms(np.array([4.0, 1.0]), np.array([4.0, 1.0]), 2.0).caption()
    )
    assert (
        "none of 2 used are above the limit 2"
        in Norms(np.array([4.0, 1.0]), np.array([2.0, 1.0]), 2.0).caption()
    )


@pytest.mark.parametrize(
    "picture",
    [
        UsageMap(np.array([BAD]), np.ones((1, 4), dtype=bool), ("update 1",)),
        LossCurve(np.array([1.0, 0.0, *BAD]), 1e-6, "found nothing"),
        Rates(np.arange(2.0), np.array([-0.1, 0.0]), np.array([0.1, 0.1])),
        Norms(np.array([1.0, 2.0]), np.array([0.0, 1e6]), 2.0),
    ],
    ids=lambda picture: type(picture).__name__,
)
def test_a_picture_of_any_numbers_is_drawn_and_written_without_a_warning(picture: Picture) -> None:
    data, metadata = Inline(picture, _draw(picture))._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert data["text/plain"] == picture.text()
    assert metadata["image/png"]["alt"] == picture.caption()
