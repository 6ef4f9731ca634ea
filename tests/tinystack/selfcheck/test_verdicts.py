"""Self-checks pass correct trainers, whatever their free choices, and name the bug of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tinystack import selfcheck

GRADERS = Path(__file__).parents[3] / "graders"
WHEATS = sorted(path.stem for path in (GRADERS / "wheats").glob("*.py") if path.stem != "__init__")
CHECKS = (
    "cosine_schedule",
    "clip_function",
    "orchestration",
    "zero_grad",
    "convergence",
    "scheduling",
    "clipping",
    "modes",
    "checkpointing",
    "accumulation",
    "history",
)
PIECES = {"cosine_schedule": "CosineSchedule", "clip_function": "clip_grad_norm"}

# Check, submission with one bug, and a piece of the line that the student reads.
BUGS = [
    (
        "orchestration",
        "orchestration/backward_missing",
        "is backward() called, before it, and its result kept?",
    ),
    ("orchestration", "orchestration/only_first_batch_trains", "one update per epoch, not one per batch"),
    ("orchestration", "orchestration/steps_twice_per_group", "there are two updates per batch"),
    ("orchestration", "orchestration/own_sgd_update", "no update is made: step() is never called"),
    (
        "orchestration",
        "orchestration/same_batch_every_time",
        "the batches are not used once each, in the order",
    ),
    (
        "orchestration",
        "orchestration/last_loss_returned",
        "the loss of the last batch is returned, not the mean",
    ),
    (
        "orchestration",
        "orchestration/loss_recomputed_after_update",
        "measured after their updates, not before",
    ),
    ("orchestration", "orchestration/step_never_counted", "trainer.step does not count the updates"),
    (
        "orchestration",
        "orchestration/epoch_starts_at_one",
        "trainer.epoch does not count the finished epochs",
    ),
    (
        "orchestration",
        "orchestration/tensor_returned",
        "the loss that train_epoch() returned is not a finite number",
    ),
    ("zero_grad", "zero_grad/zero_grad_missing", "missing zero_grad() in the training loop"),
    ("zero_grad", "zero_grad/cleared_at_epoch_start", "zero_grad() runs once per epoch, not once per update"),
    ("zero_grad", "zero_grad/cleared_after_backward", "zero_grad() runs between backward() and step()"),
    ("zero_grad", "zero_grad/first_batch_not_cleared", "gradients of one epoch are left over for the next"),
    (
        "zero_grad",
        "zero_grad/cleared_every_other_update",
        "gradients of other batches are left in the update",
    ),
    ("zero_grad", "zero_grad/backward_called_twice", "the gradient of a batch is not used once, as it is"),
    ("zero_grad", "orchestration/only_first_batch_trains", "so this point cannot be checked yet"),
    (
        "convergence",
        "convergence/averaged_over_epoch",
        "something else than optimizer.step() changes the parameters",
    ),
    ("convergence", "convergence/climbs_by_seed", "updates do not use the gradient of their batch"),
    (
        "convergence",
        "convergence/rate_decays_by_itself",
        "the learning rate changes though there is no scheduler",
    ),
    ("convergence", "convergence/easy_batches_skipped", "updates were made for 120 batches"),
    ("convergence", "zero_grad/zero_grad_missing", "updates do not use the gradient of their batch"),
    ("cosine_schedule", "scheduling/limits_swapped", "the rate rises from min_lr to max_lr"),
    (
        "cosine_schedule",
        "scheduling/rate_climbs_again",
        "after total_epochs the rate does not stay at min_lr",
    ),
    ("cosine_schedule", "scheduling/denominator_one_less", "min_lr is reached one epoch too soon"),
    ("cosine_schedule", "scheduling/counts_its_own_calls", "get_lr() depends on what was asked before"),
    ("cosine_schedule", "scheduling/quarter_period", "the rates do not follow the formula"),
    ("scheduling", "scheduling/rate_only_recorded", "the scheduler is never applied"),
    ("scheduling", "scheduling/set_after_the_epoch", "the schedule is applied one epoch late"),
    ("scheduling", "scheduling/counter_raised_first", "the schedule is applied one epoch early"),
    ("scheduling", "scheduling/schedule_per_update", "the rate changes within an epoch"),
    (
        "scheduling",
        "scheduling/default_rate_without_scheduler",
        "the rate is changed though there is no scheduler",
    ),
    ("clip_function", "clipping/each_parameter_on_its_own", "every parameter is clipped by its own norm"),
    ("clip_function", "clipping/entries_cut_off", "every entry is cut off on its own"),
    ("clip_function", "clipping/root_forgotten", "the square root is missing in the norm"),
    ("clip_function", "clipping/returns_clipped_norm", "the norm from after clipping is returned"),
    ("clip_function", "clipping/returns_nothing_below_limit", "is None: is there a `return`?"),
    ("clip_function", "clipping/scaled_copies_dropped", "the gradients are not changed"),
    ("clip_function", "clipping/unused_parameter_crashes", "your code stops with TypeError"),
    ("clipping", "clipping/threshold_never_used", "the update uses the gradient before clipping"),
    ("clipping", "clipping/default_threshold", "the limit is not grad_clip_norm: everything is clipped at 1"),
    ("clipping", "clipping/safety_clip", "the gradient is changed though grad_clip_norm is None"),
    ("clipping", "clipping/clipped_after_each_backward", "is not clipped once, after accumulation"),
    ("clipping", "zero_grad/zero_grad_missing", "so clipping cannot be checked yet"),
    ("modes", "modes/eval_never_called", "evaluate() runs the model in training mode"),
    ("modes", "modes/train_mode_in_constructor", "train_epoch() trains in evaluation mode"),
    ("modes", "modes/evaluate_steps_optimizer", "evaluate() changes a parameter"),
    ("modes", "modes/evaluate_clears_gradients", "evaluate() changes a gradient"),
    ("modes", "modes/evaluate_counts_epoch", "evaluate() changes epoch or step"),
    ("modes", "modes/hits_not_counted", "does not return the fraction of samples classified correctly"),
    ("modes", "modes/tolerance_accuracy", "evaluate() finds an accuracy where there are no classes"),
    ("checkpointing", "checkpointing/counters_only", "the parameters of the model are not restored"),
    ("checkpointing", "checkpointing/params_only", "the running statistics of BatchNorm are not restored"),
    (
        "checkpointing",
        "checkpointing/optimizer_state_missing",
        "the optimizer's state (momentum) is not restored",
    ),
    ("checkpointing", "checkpointing/step_not_saved", "epoch or step is not restored"),
    ("checkpointing", "checkpointing/history_not_saved", "the history is not restored"),
    ("checkpointing", "checkpointing/own_schedule_counter", "the schedule does not go on where it was"),
    ("checkpointing", "checkpointing/missing_file_swallowed", "says nothing when the file does not exist"),
    ("checkpointing", "checkpointing/npz_suffix_added", "does not write the file that it was given"),
    ("checkpointing", "checkpointing/saving_rounds_weights", "save_checkpoint() changes the trainer"),
    ("accumulation", "accumulation/accumulation_not_implemented", "accumulation_steps is not used"),
    ("accumulation", "accumulation/group_summed", "the gradients of a group are added up, not averaged"),
    ("accumulation", "accumulation/cleared_every_micro_batch", "gradients are cleared for every batch"),
    ("accumulation", "accumulation/whole_groups_only", "the short last group is dropped"),
    (
        "accumulation",
        "accumulation/leftover_joins_next_epoch",
        "is not applied, and leaks into the next epoch",
    ),
    ("accumulation", "orchestration/loss_over_k", "the returned loss is divided by accumulation_steps"),
    ("accumulation", "orchestration/step_counts_batches", "trainer.step does not count the updates"),
]


def call(name: str, module: ModuleType) -> None:
    """Run a self-check on the piece of a submission that it is for."""
    getattr(selfcheck, name)(getattr(module, PIECES.get(name, "Trainer")))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WHEATS)
def test_no_free_choice_of_a_correct_trainer_fails_a_check(
    name: str, wheat: Callable[[str], ModuleType]
) -> None:
    module = wheat(name)
    for check in CHECKS:
        call(check, module)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("check", "name", "sentence"), BUGS, ids=[f"{c}-{n.split('/')[1]}" for c, n, _ in BUGS]
)
def test_the_bug_is_named_in_the_first_line(
    check: str,
    name: str,
    sentence: str,
    chaff: Callable[[str], ModuleType],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        call(check, chaff(name))
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("❌ ") and " → BUG: " in first
    assert sentence in first
    assert str(failure.value).splitlines()[0] == first


Change = Callable[[dict[str, Any]], dict[str, Any]]


def without_eval_loss(history: dict[str, Any]) -> dict[str, Any]:
    return {key: values for key, values in history.items() if key != "eval_loss"}


def last_loss_alone(history: dict[str, Any]) -> dict[str, Any]:
    return {**history, "train_loss": history["train_loss"][-1:]}


def halved_rates(history: dict[str, Any]) -> dict[str, Any]:
    return {**history, "learning_rates": [rate / 2 for rate in history["learning_rates"]]}


def texts(history: dict[str, Any]) -> dict[str, Any]:
    return {**history, "train_loss": [str(loss) for loss in history["train_loss"]]}


def other_losses(history: dict[str, Any]) -> dict[str, Any]:
    return {**history, "eval_loss": [loss + 1e-6 for loss in history["eval_loss"]]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without_eval_loss, "history['eval_loss'] is no list"),
        (last_loss_alone, "history['train_loss'] does not gain one entry per train_epoch()"),
        (halved_rates, "history['learning_rates'] is not the rate that the epoch trained at"),
        (texts, "an entry of history['train_loss'] is not a finite number"),
        (other_losses, "history['eval_loss'] is not what evaluate() returned"),
    ],
)
def test_a_wrong_history_is_told_by_its_key(change: Change, sentence: str, right: ModuleType) -> None:
    class Trainer:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.inner = right.Trainer(*args, **kwargs)
            self.train_epoch, self.evaluate = self.inner.train_epoch, self.inner.evaluate

        @property
        def history(self) -> dict[str, Any]:
            return change(self.inner.history)

    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        selfcheck.history(Trainer)
    assert sentence in str(failure.value).splitlines()[0]


@pytest.mark.parametrize("check", ["orchestration", "scheduling", "modes", "checkpointing", "history"])
def test_a_missing_zero_grad_fails_no_check_of_another_matter(
    check: str, chaff: Callable[[str], ModuleType]
) -> None:
    call(check, chaff("zero_grad/zero_grad_missing"))


@pytest.mark.parametrize("name", ["accumulation_not_implemented", "own_default_used"])
def test_clipping_without_accumulation_passes_and_says_what_it_did_not_check(
    name: str, chaff: Callable[[str], ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    call("clipping", chaff(f"accumulation/{name}"))
    assert "groups NOT checked: accumulation does not work" in capsys.readouterr().out


@pytest.mark.parametrize(
    "name", ["eval_forgets_train", "mode_saved_after_switch", "train_mode_in_constructor"]
)
def test_a_wrong_mode_is_not_taken_for_a_fault_of_the_checkpoint(
    name: str, chaff: Callable[[str], ModuleType]
) -> None:
    call("checkpointing", chaff(f"modes/{name}"))
