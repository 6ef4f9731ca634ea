"""Pictures say in their text what they show, mark what is wrong by more than colour, and bear any numbers."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from tinystack.selfcheck.pictures import LossCurve, Norms, Picture, Rates, UsageMap
from tinystack.selfcheck.trajectory import CONTOURS, Trajectory

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


def way(*points: tuple[float, float]) -> Trajectory:
    expected = np.array([(0.0, 0.0), (0.4, 0.2), (0.5, 0.3)])
    return Trajectory(np.array(points), expected, np.array([0.5, 0.3]), np.array([[2.0, 0.5], [0.5, 1.0]]))


def test_a_trajectory_names_the_first_update_that_goes_elsewhere() -> None:
    assert way((0.0, 0.0), (0.4, 0.2), (0.5, 0.3)).first_off() is None
    assert way((0.0, 0.0), (0.4, 0.2), (0.5, 0.4)).first_off() == 2
    assert way((0.0, 0.0), (0.4, np.nan), (0.5, 0.3)).first_off() == 1
    assert way((0.0, 0.0), (0.4, 0.2)).first_off() == 2, "an update is missing"
    assert "off the expected way from update 2 on" in way((0.0, 0.0), (0.4, 0.2), (0.5, 0.4)).caption()


def test_contour_lines_go_through_points_of_equal_loss() -> None:
    """The contour of the start's own loss is the ellipse that the start lies on."""
    picture = way((0.0, 0.0), (0.4, 0.2), (0.5, 0.3))
    axes = picture._axes()
    ellipses = [e for e in ElementTree.fromstring(picture.svg()).iter() if e.tag.endswith("ellipse")]
    ellipse = ellipses[CONTOURS.index(1.0)]
    cx, cy, rx, ry = (float(ellipse.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
    turn = np.radians(float(ellipse.attrib["transform"][len("rotate(") :].split()[0]))
    x, y = np.subtract(axes.at(0.0, 0.0), (cx, cy))
    u, v = x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)
    assert (u / rx) ** 2 + (v / ry) ** 2 == pytest.approx(1.0, rel=1e-3)  # coordinates have two decimals


@pytest.mark.parametrize(
    "picture",
    [
        UsageMap(np.array([BAD]), np.ones((1, 4), dtype=bool), ("update 1",)),
        LossCurve(np.array([1.0, 0.0, *BAD]), np.ones(6), 1e-6, "found nothing"),
        Rates(np.arange(2.0), np.array([-0.1, 0.0]), np.array([0.1, 0.1])),
        Rates(np.arange(4.0), np.array(BAD), np.array([0.1, 0.1, 0.1, 0.1])),
        Norms(np.array([1.0, 2.0]), np.array([0.0, 1e6]), 2.0),
        Norms(np.array(BAD), np.array(BAD), 2.0),
        way((0.0, 0.0), (np.nan, np.inf), (-np.inf, 1e300)),
        way((0.0, 0.0)),
    ],
    ids=lambda picture: type(picture).__name__,
)
def test_a_picture_of_any_numbers_is_drawn_and_written_without_a_warning(picture: Picture) -> None:
    drawn = ElementTree.fromstring(picture.svg())
    assert drawn.get("aria-label") == picture.caption()
    assert picture.caption() in picture.text()
    for element in drawn.iter():
        for name in ("x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "x1", "y1", "x2", "y2"):
            assert np.isfinite(float(element.get(name, "0")))
