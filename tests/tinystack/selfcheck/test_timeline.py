"""The timeline shows calls as they were made, and marks what is missing or misplaced, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

import tinystack
from tinystack.selfcheck.checks.footprints import WEIGHTS, train
from tinystack.selfcheck.timeline import (
    EXTRA,
    GONE,
    NO_BACKWARD,
    NO_STEP,
    NOT_CLEARED,
    NOT_MADE,
    TOO_MANY,
    Timeline,
    updates,
)

GRADERS = Path(__file__).parents[3] / "graders"
WHEATS = sorted(path.stem for path in (GRADERS / "wheats").glob("*.py") if path.stem != "__init__")

Load = Callable[[str], ModuleType]


def timeline(module: Any, accumulation_steps: int = 1) -> Timeline:
    """Train two epochs of five batches, and return what was called."""
    run = train(module.Trainer, 2, accumulation_steps=accumulation_steps)
    return Timeline(updates(run.log, len(WEIGHTS), accumulation_steps))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("name", WHEATS)
def test_no_free_choice_of_a_correct_trainer_is_marked(name: str, steps: int, wheat: Load) -> None:
    shown = timeline(wheat(name), steps)
    assert [update.trouble for update in shown.updates] == [""] * 2 * -(-len(WEIGHTS) // steps)
    assert "none is missing or misplaced" in shown.caption()


@pytest.mark.parametrize(
    ("name", "position", "trouble"),
    [
        ("zero_grad/zero_grad_missing", 1, NOT_CLEARED),
        ("zero_grad/cleared_at_epoch_start", 1, NOT_CLEARED),
        ("zero_grad/cleared_after_backward", 0, GONE),
        ("zero_grad/first_batch_not_cleared", 5, NOT_CLEARED),
        ("orchestration/only_first_batch_trains", 1, NOT_MADE),
        ("orchestration/backward_missing", 0, NO_BACKWARD),
        ("orchestration/own_sgd_update", 0, NO_STEP),
        ("orchestration/extra_step_after_loop", 5, EXTRA),
    ],
)
def test_a_missing_or_misplaced_call_is_marked_in_its_update(
    name: str, position: int, trouble: str, chaff: Load
) -> None:
    shown = timeline(chaff(name))
    assert trouble in shown.updates[position].trouble
    assert all(update.trouble == "" for update in shown.updates[:position])
    assert shown.text().splitlines()[position + 2].endswith(f"! {shown.updates[position].trouble}")
    frames = [e for e in ElementTree.fromstring(shown.svg()).iter() if e.get("class") in MARKED]
    marks = sum(len(update.missing) + len(update.misplaced) for update in shown.updates)
    assert len(frames) == marks > 0


MARKED = ("ts-missing", "ts-frame")


def test_one_step_for_all_batches_is_marked(right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            return super().train_epoch(dataloader, accumulation_steps=99)

    shown = timeline(type("module", (), {"Trainer": Trainer}))
    assert shown.updates[0].trouble == TOO_MANY
    assert [update.trouble for update in shown.updates[1:5]] == [NOT_MADE] * 4


def test_calls_are_told_in_order_with_the_batch_of_each_forward_pass(right: ModuleType) -> None:
    first = timeline(right, 2).updates[0]
    assert [call.batch for call in first.calls if call.kind == "forward"] == [1, 2]
    kinds = [call.kind for call in first.calls if call.kind not in ("zero_grad", "cleared")]
    assert kinds == ["forward", "backward", "forward", "backward", "step"]


def test_gradients_that_are_cleared_by_hand_are_seen(right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            self.optimizer.zero_grad = self._by_hand
            return super().train_epoch(dataloader, accumulation_steps)

        def _by_hand(self) -> None:
            for parameter in self.model.parameters():
                parameter.grad = None

    calls = [
        call.kind for update in timeline(type("m", (), {"Trainer": Trainer})).updates for call in update.calls
    ]
    assert "cleared" in calls and "zero_grad" not in calls


def test_tensors_are_as_before_after_a_run_that_fails(right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            raise KeyError("stop")

    before = tinystack.Tensor.backward
    with pytest.raises(KeyError):
        train(Trainer, 1)
    assert tinystack.Tensor.backward is before
