"""Train / eval mode: training in training mode, evaluation in evaluation mode and without a trace.

The model begins with BatchNorm, so its statistics show the mode whatever else the trainer does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graders.criteria.base import SINGLE_PRECISION, Check, Criterion, Deviation, Judgement, agree
from graders.criteria.evaluations import accuracy, accuracy_of_regression, close, evaluated
from graders.criteria.showing import show_both
from graders.evidence import Array, PartEvidence, Unusable, Value
from graders.verdict import Cause, Failure

ROUGHLY = 1e-2
"""Relative difference that rounding makes to a loss that is right otherwise; another mode makes far more."""

CAUSES = {
    "evaluates_in_training": Cause(
        "evaluate runs the model in training mode",
        "evaluate: model.eval() before the first forward pass",
    ),
    "trains_in_evaluation": Cause(
        "train_epoch runs the model in evaluation mode",
        "train_epoch: model.train() at its beginning, also after an evaluate",
        ("checkpointing",),
    ),
    "partial_switch": Cause(
        "only part of the model, or the wrong object, is switched",
        "train_epoch and evaluate: switch the mode of the whole model, `self.model`",
        ("checkpointing",),
    ),
    "evaluate_learns": Cause(
        "evaluate changes parameters, running statistics or the optimizer's state",
        "evaluate: no backward(), no step(), evaluation mode",
    ),
    "evaluate_gradients": Cause(
        "evaluate leaves gradients behind, or removes them",
        "evaluate: no backward() and no zero_grad()",
    ),
    "evaluate_counts": Cause(
        "evaluate changes epoch, step, rate, or something else that later training depends on",
        "evaluate: every assignment to self",
    ),
    "accuracy_wrong": Cause(
        "accuracy is not the fraction of samples that are classified correctly",
        "evaluate: count hits and samples over all batches, then divide once",
    ),
    "accuracy_one_hot": Cause(
        "labels of one kind are compared wrongly",
        "evaluate: labels come as integers, as floats, or one-hot",
    ),
    "accuracy_regression": Cause(
        "the accuracy of a regression is not 0.0",
        "evaluate: one output column has no classes",
    ),
    "data_changed": Cause(
        "evaluate changes the batches that it is given",
        "evaluate: what is assigned to `.data` of inputs or targets; make new arrays instead",
    ),
    "loss_wrong": Cause(
        "the loss that evaluate returns is not the mean of the batches' losses",
        "evaluate: what is summed, and what it is divided by",
        ("history",),
    ),
}


def _training_mode(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """train_epoch moves the running statistics, and Dropout shows in its loss."""
    return _statistics(seen, truth) or _other_epochs(seen, truth) or _training_loss(seen, truth)


def _other_epochs(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Nor does training mode depend on a schedule, a limit, groups, or how the model holds its layers."""
    if "other_statistics" not in truth.observed:
        return None
    rows = seen.rows("other_statistics") if "other_statistics" in seen.observed else np.zeros((0, 0))
    if any(np.array_equal(before, after) for before, after in zip(rows[::2], rows[1::2], strict=False)):
        return Failure(
            "trains_in_evaluation",
            "running statistics that stay as they are with a scheduler, with a limit, or in groups",
            "statistics that follow the batches",
        )
    if len(rows) != len(truth.rows("other_statistics")):
        return Deviation("no epoch with a scheduler, with a limit, or in groups")
    return None


def _statistics(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    before, after = _two(seen.rows("statistics"))
    if np.array_equal(before, after):
        return Failure(
            "trains_in_evaluation",
            "running statistics that stay as they are in train_epoch",
            "statistics that follow the batches",
        )
    if not agree(before, truth.rows("statistics")[0]):
        return Failure(
            "evaluates_in_training",
            "running statistics that moved in evaluate",
            "statistics that stay as they are",
        )
    if not agree(after, truth.rows("statistics")[1]):
        got, expected = show_both(after, truth.rows("statistics")[1])
        return Deviation(f"running statistics that move, to {got}", expected)
    return None


def _two(rows: Array) -> tuple[Array, Array]:
    if len(rows) != 2:
        raise Unusable(f"running statistics were recorded {len(rows)} times instead of twice")
    return rows[0], rows[1]


def _training_loss(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    expected = truth.numbers("returned")
    try:
        got = seen.numbers("returned")
    except Unusable as unusable:
        return Deviation(str(unusable))
    if agree(got, expected):
        return None
    loss, wanted = show_both(got, expected)
    return Deviation(f"a training loss of {loss}", f"{wanted}, with Dropout at work")


def _evaluation_mode(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Evaluate uses the running statistics, leaves Dropout out, and returns the mean of all batches' losses.

    The first evaluation has one batch: whatever mean is computed, its loss tells the mode.
    """
    got, expected = evaluated(seen)[:, 0], evaluated(truth)[:, 0]
    if agree(got, expected):
        return None
    cause = "loss_wrong" if _in_evaluation_mode(seen, got, expected) else "evaluates_in_training"
    losses, wanted = show_both(got, expected)
    return Failure(cause, f"evaluate returned the losses {losses}", wanted)


def _in_evaluation_mode(seen: PartEvidence, got: Array, expected: Array) -> bool:
    """Whether wrong losses were measured in the right mode: without a trace, the first one about right."""
    if got.shape != expected.shape or not np.array_equal(*_two(seen.rows("statistics"))):
        return False
    about_right = abs(got[0] - expected[0]) <= ROUGHLY * abs(expected[0])
    return bool(about_right or np.ptp(got / expected) <= SINGLE_PRECISION)


def _changes_nothing(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Nothing is different after evaluate.

    Parameters, statistics, optimizer state, gradients, counters and rate are the same before and after.
    """
    for name, cause, what in _STATE:
        values = seen.items(name)
        if len(values) != 6 or not all(_same(values[0], value) for value in values):
            return Failure(cause, f"{what} changed in evaluate", f"{what} as before")
    if not all(isinstance(pair, list) for pair in seen.items("counters")):
        raise Unusable("epoch and step were not recorded")
    for name in ("model", "optimizer", "gradients", "rate"):
        if not close(seen.items(name)[0], truth.items(name)[0]):
            raise Unusable(f"the {name} that evaluate found is not the one of the test")
    return None


_STATE = (
    ("model", "evaluate_learns", "parameters or running statistics"),
    ("optimizer", "evaluate_learns", "the optimizer's state"),
    ("gradients", "evaluate_gradients", "gradients"),
    ("counters", "evaluate_counts", "epoch or step"),
    ("rate", "evaluate_counts", "the learning rate"),
)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)  # type: ignore[arg-type]
    return one == other


def _later_training(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """A trainer that evaluates between its epochs trains like one that does not."""
    alone, evaluated = seen.rows("alone_model"), seen.rows("evaluated_model")
    if not agree(evaluated, alone):
        return Failure(
            "evaluate_counts",
            "another result of training where evaluate was called between epochs",
            "the same result",
        )
    if not agree(alone, truth.rows("alone_model")):
        if np.array_equal(alone[0], alone[-1]):
            return Failure("nothing_happens", "a model that never changes", "training that moves parameters")
        return Deviation("training that evaluate does not disturb, but not the reference's")
    return None


def _later_rates(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """A trainer that evaluates between its epochs ends each of them at the rate of one that does not.

    Nor does evaluate touch rate or gradients itself, where there are a schedule and a limit. That the epochs
    have updates is no business of this criterion.
    """
    if touched := _touched(seen):
        return touched
    try:
        alone, evaluated = (_last_rates(seen, name) for name in ("alone_", "evaluated_"))
    except Unusable as unusable:
        return Deviation(str(unusable))
    if not agree(evaluated, alone):
        rates, wanted = show_both(evaluated, alone)
        what = f"rates by epoch, with evaluate in between: {rates}"
        return Failure("evaluate_counts", what, f"as without: {wanted}")
    if len(_around(seen)) != len(_around(truth)):
        return Deviation("evaluate could not be called with a schedule and a limit")
    if not agree(alone, _last_rates(truth, "alone_")):
        return Deviation("rates that evaluate does not change, but not the reference's")
    return None


def _touched(seen: PartEvidence) -> Failure | None:
    """What is different after an evaluate of a trainer with a schedule and a limit."""
    for around in _around(seen):
        before, after = around if isinstance(around, list) and len(around) == 2 else ([], [])
        if not (isinstance(before, list) and isinstance(after, list) and len(before) == len(after) > 1):
            raise Unusable("rate and gradients around evaluate were not recorded")
        if not _same(before[1:], after[1:]):
            return Failure("evaluate_gradients", "gradients changed in evaluate", "gradients as before")
        if not _same(before[0], after[0]):
            return Failure("evaluate_counts", "the learning rate changed in evaluate", "the rate as before")
    return None


def _around(part: PartEvidence) -> Sequence[Value]:
    """Rate and gradients before and after each evaluate that could be called; none where none could."""
    return part.items("around") if "around" in part.observed else []


def _last_rates(part: PartEvidence, name: str) -> Array:
    """The rate of the last update of each epoch."""
    rates, ends = part.array(f"{name}rates"), part.numbers(f"{name}updates").astype(int)
    if np.any((ends < 1) | (ends > len(rates))):
        raise Unusable(f"{len(rates)} updates were recorded, and {ends} were counted after the epochs")
    last: Array = rates[ends - 1]
    return last


CRITERION = Criterion(
    name="modes",
    title="Train / eval mode",
    priority="P1 - HIGH",
    rule=(
        "train_epoch runs in training mode; evaluate in evaluation mode, changes nothing, "
        "returns mean loss and accuracy."
    ),
    causes=CAUSES,
    checks=(
        Check("training mode", "training_mode", 1, _training_mode),
        Check("training mode after evaluate", "training_mode_after_evaluate", 2, _training_mode),
        Check("evaluation mode", "evaluation_mode", 1, _evaluation_mode),
        Check("evaluate changes nothing", "changes_nothing", 2, _changes_nothing),
        Check("later training", "later_training", 1, _later_training),
        Check("later rates", "later_rates", 1, _later_rates),
        Check("accuracy", "accuracy", 1, accuracy),
        Check("accuracy of a regression", "accuracy_of_regression", 1, accuracy_of_regression),
    ),
    unexplained="partial_switch",
)
