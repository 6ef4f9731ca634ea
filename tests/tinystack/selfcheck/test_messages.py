"""What a student reads: what is wrong, what was seen and expected, where to look, what was not checked."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tinystack import selfcheck
from tinystack.lab.time_limit import time_limit
from tinystack.selfcheck import running

Load = Callable[[str], ModuleType]


def failure_of(check: Callable[[Any], None], piece: Any) -> list[str]:
    """Return the lines of the message with which a check fails."""
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        check(piece)
    return str(failure.value).splitlines()


class NoConstructor:
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        return 0.0


class NoMethods:
    def __init__(
        self, model: Any, optimizer: Any, loss_fn: Any, scheduler: Any = None, grad_clip_norm: Any = None
    ):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn


class Unwritten(NoMethods):
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        raise NotImplementedError

    def evaluate(self, dataloader: Any) -> tuple[float, float]:
        raise NotImplementedError

    def save_checkpoint(self, path: Any) -> None:
        raise NotImplementedError

    def load_checkpoint(self, path: Any) -> None:
        raise NotImplementedError


class WrongSignature(NoMethods):
    def train_epoch(self, dataloader: Any) -> float:
        return 0.0


class Endless(NoMethods):
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        while True:
            pass


class Misspelt(NoMethods):
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        return float(self.optimiser.lr)  # type: ignore[attr-defined]


class Undefined(NoMethods):
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        return float(total_loss)  # type: ignore[name-defined]  # noqa: F821


class Leaves(NoMethods):
    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        raise SystemExit(0)


def test_a_failure_says_what_was_seen_expected_where_to_look_and_what_was_not_checked(chaff: Load) -> None:
    lines = failure_of(selfcheck.zero_grad, chaff("zero_grad/zero_grad_missing").Trainer)
    assert lines[0] == "❌ zero_grad() requirement → BUG: missing zero_grad() in the training loop"
    assert lines[1] == "   saw:      update 2 used batch 1 and batch 2"
    assert lines[2] == "   expected: batch 2 alone"
    assert lines[3].startswith("   look:     Trainer.train_epoch: the line that clears the gradients")
    assert lines[4].startswith("   the hidden tests also look at ")
    assert len(lines) == 5


def test_a_success_says_what_was_seen_and_what_was_not_checked(
    right: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    selfcheck.zero_grad(right.Trainer)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✅ zero_grad() requirement correctly enforced"
    assert lines[1] == "   saw:      10 updates in 2 epochs, each with the gradient of its own batch alone"
    assert lines[2].startswith("   the hidden tests also look at ")


TRAINER_CHECKS = (
    selfcheck.orchestration,
    selfcheck.zero_grad,
    selfcheck.convergence,
    selfcheck.scheduling,
    selfcheck.clipping,
    selfcheck.modes,
    selfcheck.checkpointing,
    selfcheck.accumulation,
    selfcheck.history,
)


@pytest.mark.parametrize("check", TRAINER_CHECKS)
@pytest.mark.parametrize(
    "thing",
    [None, 3, "Trainer", NoMethods(1, 2, 3), lambda *_: None],
    ids=["None", "number", "text", "object", "function"],
)
def test_a_trainer_that_is_no_class_is_told_so(check: Callable[[Any], None], thing: Any) -> None:
    lines = failure_of(check, thing)
    assert "Trainer is not a class" in lines[0]
    assert "run the cell that defines `class Trainer`" in lines[3]


@pytest.mark.parametrize("check", TRAINER_CHECKS)
def test_a_constructor_that_takes_other_arguments_is_shown_the_contract(check: Callable[[Any], None]) -> None:
    lines = failure_of(check, NoConstructor)
    assert "Trainer does not take the arguments that the contract gives it" in lines[0]
    assert "Trainer(model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None)" in lines[2]


@pytest.mark.parametrize("check", TRAINER_CHECKS)
def test_a_missing_method_is_named_with_what_to_do_next(check: Callable[[Any], None]) -> None:
    lines = failure_of(check, NoMethods)
    assert "has no method " in lines[0]
    assert "run its cell" in lines[3]


@pytest.mark.parametrize("check", TRAINER_CHECKS)
def test_a_method_that_is_not_written_yet_is_named(check: Callable[[Any], None]) -> None:
    lines = failure_of(check, Unwritten)
    assert lines[0].endswith("() is not written yet")
    assert "run its cell, and run this cell again" in lines[3]


def test_a_method_without_the_argument_of_the_contract_is_told_so() -> None:
    lines = failure_of(selfcheck.accumulation, WrongSignature)
    assert "train_epoch does not take the arguments" in lines[0]
    assert "train_epoch(dataloader, accumulation_steps=1)" in lines[2]


def test_a_trainer_that_never_returns_is_stopped_and_its_line_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "time_limit", lambda: time_limit(0.1))
    lines = failure_of(selfcheck.zero_grad, Endless)
    assert "train_epoch() does not come to an end" in lines[0]
    assert "in train_epoch" in lines[1]


def test_an_error_is_shown_with_type_message_and_the_students_line() -> None:
    lines = failure_of(selfcheck.zero_grad, Misspelt)
    assert "your code stops with AttributeError" in lines[0]
    assert "'Misspelt' object has no attribute 'optimiser'" in lines[1]
    assert "in train_epoch: `return float(self.optimiser.lr)" in lines[3]


def test_an_undefined_name_is_told_to_run_the_cell_that_defines_it() -> None:
    lines = failure_of(selfcheck.zero_grad, Undefined)
    assert "NameError" in lines[0]
    assert "run the cell that defines this name" in lines[3]


def test_a_trainer_that_ends_the_interpreter_fails_its_check_alone() -> None:
    assert "SystemExit" in failure_of(selfcheck.zero_grad, Leaves)[0]


@pytest.mark.parametrize("value", [None, "0.5", [0.5], float("nan"), float("inf"), True], ids=str)
def test_a_loss_that_is_no_finite_number_is_told_so(value: Any, right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            super().train_epoch(dataloader, accumulation_steps)
            return value

    assert "the loss that train_epoch() returned is " in failure_of(selfcheck.orchestration, Trainer)[0]


@pytest.mark.parametrize("value", [None, 0.5, "ab", (0.5,), ("a", "b"), (None, 0.5)], ids=str)
def test_an_evaluation_that_is_no_pair_of_numbers_is_told_so(value: Any, right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def evaluate(self, dataloader: Any) -> Any:
            super().evaluate(dataloader)
            return value

    for check in (selfcheck.modes, selfcheck.history):
        assert "evaluate()" in failure_of(check, Trainer)[0]


@pytest.mark.parametrize(
    ("check", "name"),
    [(selfcheck.orchestration, "step"), (selfcheck.history, "history")],
    ids=["step", "history"],
)
def test_a_missing_attribute_is_named(check: Callable[[Any], None], name: str, right: ModuleType) -> None:
    class Trainer:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            inner = right.Trainer(*args, **kwargs)
            self.train_epoch, self.evaluate = inner.train_epoch, inner.evaluate

    lines = failure_of(check, Trainer)
    assert f"the trainer has no attribute {name}" in lines[0]
    assert f"Trainer.__init__: set self.{name} there" in lines[3]


def test_values_that_no_check_can_work_with_are_reported_and_not_raised(right: ModuleType) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def load_checkpoint(self, path: Any) -> None:
            super().load_checkpoint(path)
            self.model = None

    assert "BUG" in failure_of(selfcheck.checkpointing, Trainer)[0]


@pytest.mark.parametrize("thing", [None, 3, "get_lr"], ids=str)
def test_a_piece_that_cannot_be_called_is_told_so(thing: Any) -> None:
    assert "CosineSchedule cannot be called" in failure_of(selfcheck.cosine_schedule, thing)[0]
    assert "clip_grad_norm cannot be called" in failure_of(selfcheck.clip_function, thing)[0]


def test_unfinished_pieces_are_named() -> None:
    class CosineSchedule:
        def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100) -> None:
            pass

        def get_lr(self, epoch: int) -> float:
            raise NotImplementedError

    def clip_grad_norm(parameters: Any, max_norm: float = 1.0) -> float:
        raise NotImplementedError

    assert "get_lr() is not written yet" in failure_of(selfcheck.cosine_schedule, CosineSchedule)[0]
    assert "clip_grad_norm() is not written yet" in failure_of(selfcheck.clip_function, clip_grad_norm)[0]


@pytest.mark.filterwarnings("default")
def test_what_the_trainer_prints_and_warns_is_held_back_and_its_beginning_shown(
    right: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            print("my loss", "x" * 90)
            warnings.warn("careful", stacklevel=1)
            return super().train_epoch(dataloader, accumulation_steps)

    selfcheck.convergence(Trainer)
    out, err = capsys.readouterr()
    assert "   your code printed:\n   | my loss xxx" in out
    assert "characters more" in out
    assert len(out) < 2000
    assert err == ""
