"""The states of students: small files, of which one that is damaged is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.coordinator.staging import Change, Staging
from graders.coordinator.state import State, States
from graders.coordinator.version import Version
from graders.course import STATES
from graders.gradebook import ByHand
from graders.graded import GradedNotebook, GradedSubmission

STATE = State(
    "digest",
    Version("setting", {"modes": "1"}, "judging"),
    {"modes": 9.5, "essay": None},
    (("modes", "never_trains"),),
    ("a note",),
    None,
    0.25,
    "hers",
    False,
)


@pytest.fixture
def states(tmp_path: Path) -> States:
    return States(tmp_path, "lesson")


def test_a_state_is_read_as_it_was_written(states: States, tmp_path: Path) -> None:
    states.write("fern", STATE)
    assert states.of("fern") == STATE
    assert [path.name for path in (tmp_path / STATES / "lesson").iterdir()] == ["fern.json"]


def test_a_state_that_is_not_there_or_forgotten_is_none(states: States) -> None:
    assert states.of("fern") is None
    states.forget("fern")
    states.write("fern", STATE)
    states.forget("fern")
    assert states.of("fern") is None


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"null", b'{"submission": 5}', b"\xff\xfe", b'{"submission": "x"}']
)
def test_a_damaged_state_is_none(states: States, tmp_path: Path, damage: bytes) -> None:
    states.write("fern", STATE)
    (tmp_path / STATES / "lesson" / "fern.json").write_bytes(damage)
    assert states.of("fern") is None


def test_every_cut_of_a_state_is_none(states: States, tmp_path: Path) -> None:
    states.write("fern", STATE)
    path = tmp_path / STATES / "lesson" / "fern.json"
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert states.of("fern") is None, size


GRADED = GradedSubmission(
    "lesson", "fern", (GradedNotebook("lesson", b"{}", {"modes": 5.0, "essay": None}, {}),), trouble=None
)


def test_what_is_set_aside_comes_back_as_it_was(tmp_path: Path) -> None:
    Staging(tmp_path, "lesson").put("digest", GRADED)
    assert Staging(tmp_path, "lesson", keep=True).take("fern") == ("digest", GRADED)


def test_what_an_earlier_run_set_aside_is_dropped(tmp_path: Path) -> None:
    Staging(tmp_path, "lesson").put("digest", GRADED)
    again = Staging(tmp_path, "lesson")
    with pytest.raises(FileNotFoundError):
        again.take("fern")


def test_a_change_names_old_and_new_points(tmp_path: Path) -> None:
    staging = Staging(tmp_path, "lesson")
    staging.put("digest", GRADED)
    change = staging.change_of("fern", STATE.points, ByHand())
    assert change == Change("fern", {"modes": 9.5, "essay": None}, {"modes": 5.0, "essay": None})
    assert change.is_one and not Change("fern", {"a": 1.0}, {"a": 1.0}).is_one
    assert staging.change_of("fern", {}, ByHand()).old == {}
