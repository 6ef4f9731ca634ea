"""What a changed assignment changes: the points that count, as the gradebook will have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.coordinator.staging import Change, Staging
from graders.coordinator.state import State
from graders.coordinator.version import Version
from graders.gradebook import ByHand
from graders.graded import GradedNotebook, GradedSubmission

BOOK = "07_training"


def graded(**scores: float | None) -> GradedSubmission:
    return GradedSubmission(BOOK, "badger", (GradedNotebook(BOOK, b"{}", scores, {}),), None)


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Badger's convergence was set to 10 by hand, with 1 extra for history, which is now worth 10."""
    staging = Staging(tmp_path, BOOK)
    staging.put("digest", graded(convergence=3.0, history=10.0, essay=None, modes=None))
    state = State(
        "digest",
        Version("", {}, ""),
        {"convergence": 0.0, "history": 5.0, "essay": None, "modes": 10.0},
    )
    by_hand = ByHand(
        {(BOOK, "convergence"): 10.0, (BOOK, "essay"): 2.0},
        {(BOOK, "history"): 1.0, (BOOK, "modes"): 1.0},
    )
    return staging.change_of("badger", by_hand.counted(state.points), by_hand)


def test_points_given_by_hand_count_before_and_after(change: Change) -> None:
    assert change.old == {"convergence": 10.0, "history": 6.0, "essay": 2.0, "modes": 11.0}
    assert change.new == {"convergence": 10.0, "history": 11.0, "essay": 2.0, "modes": None}


def test_nothing_changes_where_a_human_gave_all_that_differs(tmp_path: Path) -> None:
    staging = Staging(tmp_path, BOOK)
    staging.put("digest", graded(history=10.0))
    by_hand = ByHand({(BOOK, "history"): 4.0})
    assert not staging.change_of("badger", by_hand.counted({"history": 5.0}), by_hand).is_one
    assert staging.change_of("badger", {"history": 5.0}, ByHand()).is_one
