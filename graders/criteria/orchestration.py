"""Training loop orchestration: every batch is used once, in order, and the books are kept.

The updates are judged by the footprints of the batches in them. Leftovers of earlier batches are the business
of `zero_grad` and are overlooked here; so are clipping, rates and weights.
"""

from __future__ import annotations

import numpy as np

from graders.criteria.base import Check, Criterion, Deviation, Judgement, agree, compared
from graders.criteria.footprints import TRACE, Usage, moved, propagated, usage
from graders.criteria.showing import show
from graders.evidence import Array, Other, PartEvidence, Unusable, describe
from graders.verdict import Cause, Failure

LATER = (
    "zero_grad",
    "convergence",
    "scheduling",
    "clipping",
    "modes",
    "checkpointing",
    "accumulation",
    "history",
)

CAUSES = {
    "batches_skipped": Cause(
        "some batches never reach an update",
        "train_epoch: the loop, and any `return`, `break` or `continue` in it",
        LATER,
    ),
    "batches_repeated": Cause(
        "a batch is used more than once, or out of order",
        "train_epoch: how the next batch is taken",
        LATER,
    ),
    "loader_consumed": Cause(
        "the dataloader is walked before training, so a loader that can be walked only once arrives empty",
        "train_epoch: any pass over the dataloader besides the training loop",
        LATER,
    ),
    "loader_misused": Cause(
        "len() or indexing of the dataloader is needed",
        "train_epoch: use nothing of the dataloader but a for loop",
        LATER,
    ),
    "no_update": Cause(
        "missing backward() or optimizer.step(): the parameters never move",
        "train_epoch: forward, loss, backward, update, in this order",
        LATER,
    ),
    "gradient_lost": Cause(
        "backward() runs, but its gradient never reaches an update",
        "train_epoch: what happens to .grad between backward() and optimizer.step()",
    ),
    "extra_update": Cause(
        "optimizer.step() is called more often than once per batch",
        "train_epoch: where optimizer.step() stands, also after the loop",
        LATER,
    ),
    "step_counter_wrong": Cause(
        "`step` does not count the updates",
        "train_epoch: where self.step grows",
        ("accumulation", "checkpointing"),
    ),
    "epoch_counter_wrong": Cause(
        "`epoch` does not count the finished epochs",
        "train_epoch: self.epoch grows once, when the epoch ends",
        ("scheduling", "checkpointing", "history"),
    ),
    "loss_not_mean": Cause(
        "the returned loss is not the mean of the batches' losses",
        "train_epoch: what is summed, and what it is divided by",
        ("history",),
    ),
    "loss_scaled": Cause(
        "the returned loss is scaled by accumulation_steps",
        "train_epoch: record the loss before it is scaled",
        ("history",),
    ),
    "loss_measured_late": Cause(
        "the loss is measured after the update",
        "train_epoch: record the loss of the forward pass that the update uses",
        ("history",),
    ),
    "loss_not_float": Cause(
        "train_epoch does not return a float",
        "train_epoch: `return`, and float(...) or .item() of the loss",
        ("history",),
    ),
    "attribute_missing": Cause(
        "an attribute of the trainer has another name than the specification's",
        "__init__: self.model, self.optimizer, self.loss_fn, self.scheduler, self.grad_clip_norm",
    ),
    "stack_assumed": Cause(
        "the loop works only with one kind of model, loss or optimizer",
        "train_epoch: use model, loss_fn and optimizer by their protocol only",
    ),
}


def _batches(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Each update uses its own batch and none that comes later, and moves the parameters."""
    used, expected = usage(seen, truth), usage(truth, truth)
    count = expected.weights.shape[1]
    if len(used) != len(expected):
        return _wrong_number(used, len(expected), count)
    wrong = [i for i in range(len(used)) if not _own_batch(used, i, i % count, first_epoch=i < count)]
    if wrong:
        return _wrong_batches(used, wrong, count, propagated(seen))
    still = np.flatnonzero(np.abs(moved(seen)).max(axis=1) == 0.0)
    if len(still):
        return Failure(
            "no_update", f"update {still[0] + 1} moved no parameter", "parameters that move with every update"
        )
    if not agree(seen.array("after"), truth.array("after")):
        return Deviation("the right batches in the right order, but other steps than the reference's")
    return None


def _own_batch(used: Usage, update: int, own: int, first_epoch: bool) -> bool:
    later = used.weights[update, own + 1 :] if first_epoch else np.zeros(0)
    return bool(abs(used.weights[update, own]) > TRACE and np.all(np.abs(later) <= TRACE))


def _wrong_number(used: Usage, expected: int, batches: int) -> Failure:
    seen = f"{len(used)} updates in 2 epochs of {batches} batches"
    if len(used) == batches and all(used.batches(i) == [i] for i in range(batches)):
        return Failure(
            "loader_consumed", seen + ": none where the loader can be walked only once", f"{expected} updates"
        )
    if len(used) == 0:
        return Failure("no_update", seen, f"{expected} updates, one per batch")
    cause = "extra_update" if len(used) > expected else "batches_skipped"
    return Failure(cause, seen, f"{expected} updates, one per batch")


def _wrong_batches(used: Usage, wrong: list[int], batches: int, propagated: bool) -> Failure:
    first = wrong[0]
    expected = f"update {first + 1} uses batch {first % batches + 1}"
    if not used.batches(0) and all(used.batches(i) == [i - 1] for i in range(1, batches)):
        return Failure("no_update", f"{used.describe(1)}: one too late", expected)
    if all(not used.batches(i) for i in wrong):
        return Failure("gradient_lost" if propagated else "no_update", used.describe(first), expected)
    distinct = {j for i in range(len(used)) for j in used.batches(i)}
    cause = "batches_repeated" if len(distinct) <= batches else "batches_skipped"
    return Failure(cause, used.describe(first), expected)


def _loss(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The returned float is the mean of the batches' losses, with and without accumulation."""
    wrong = _not_a_float(seen)
    if wrong:
        return wrong
    plain = compared("loss_not_mean", "returned", seen.numbers("returned"), truth.numbers("returned"))
    if plain:
        return plain
    what = "returned with accumulation_steps=2"
    return compared("loss_scaled", what, seen.numbers("grouped_returned"), truth.numbers("grouped_returned"))


def _loss_before_update(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The loss of a batch is measured before its own update."""
    return _not_a_float(seen) or compared(
        "loss_measured_late", "returned", seen.numbers("returned"), truth.numbers("returned")
    )


def _not_a_float(seen: PartEvidence) -> Failure | None:
    for name in ("returned", "grouped_returned"):
        for value in seen.items(name) if name in seen.observed else ():
            if not isinstance(value, float):
                what = str(value) if isinstance(value, Other) else describe(value)
                return Failure("loss_not_float", f"train_epoch returned {what}", "a float")
    return None


def _counters(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """`step` counts updates, `epoch` finished epochs."""
    epochs = compared(
        "epoch_counter_wrong", "epoch after each epoch", seen.numbers("epoch"), truth.numbers("epoch")
    )
    if epochs:
        return epochs
    steps, updates = seen.numbers("step"), seen.numbers("updates")
    if not agree(steps, updates):
        return Failure(
            "step_counter_wrong",
            f"step after each epoch: {show(steps)}",
            f"the updates so far: {show(updates)}",
        )
    wanted = truth.numbers("updates")
    if agree(updates, wanted):
        return None
    if len(updates) == len(wanted) and _has_extra_after_full_groups(np.diff(updates - wanted, prepend=0.0)):
        return Failure("extra_update", f"{show(updates)} updates after each epoch", f"{show(wanted)} updates")
    return Deviation(f"{show(updates)} updates after each epoch", f"{show(wanted)} updates")


def _has_extra_after_full_groups(extra: Array) -> bool:
    """Whether updates too many come where an epoch ends with a full group, and nowhere else.

    extra: by epoch, of which the second and the last end with a short group.
    """
    return bool(extra.min() == 0.0 and extra.max() > 0.0 and extra[1] == extra[-1] == 0.0)


def _any_stack(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Another model, loss and optimizer train as they do for the reference."""
    parameters, expected = seen.rows("parameters"), truth.rows("parameters")
    if parameters.shape != expected.shape or not np.all(np.isfinite(parameters)):
        return Failure(
            "stack_assumed", "parameters that are missing or not finite", "three epochs of parameters"
        )
    updates = seen.numbers("updates")
    if len(updates) != 3 or not np.all(np.isfinite(updates)):
        raise Unusable(f"the updates of {len(updates)} epochs were counted instead of 3")
    if not np.all(np.diff(updates, prepend=0.0)):
        return Failure(
            "no_update",
            f"{show(seen.numbers('updates'))} updates after each epoch",
            "an update in each epoch",
        )
    steps = seen.numbers("step")
    if not agree(steps, updates):
        return Failure(
            "step_counter_wrong",
            f"step after each epoch: {show(steps)}",
            f"the updates so far: {show(updates)}",
        )
    if not agree(seen.numbers("readable"), np.ones(len(truth.numbers("readable")))):
        names = "model, optimizer, loss_fn, scheduler and grad_clip_norm"
        return Failure("attribute_missing", "a trainer without one of its attributes", names)
    if not agree(parameters, expected):
        return Deviation("a classifier with AdamW trains, but not to the reference's parameters")
    return _not_a_float(seen) or _losses_of_any_stack(seen, truth)


def _losses_of_any_stack(seen: PartEvidence, truth: PartEvidence) -> Failure | None:
    whats = {"returned": "returned", "sequences_returned": "returned for inputs with three axes"}
    for name, what in whats.items():
        wrong = compared("loss_not_mean", what, seen.numbers(name), truth.numbers(name))
        if wrong:
            return wrong
    return None


CRITERION = Criterion(
    name="orchestration",
    title="Training loop orchestration",
    priority="P0 - CRITICAL",
    rule=(
        "Every batch is used once, in order, with one update each; step and epoch count; "
        "the mean loss is returned."
    ),
    causes=CAUSES,
    checks=(
        Check("batches", "batches", 7, _batches),
        Check("loss", "loss", 3, _loss),
        Check("loss before update", "loss_before_update", 1, _loss_before_update),
        Check("counters", "counters", 3, _counters),
        Check("any stack", "any_stack", 1, _any_stack),
    ),
    unexplained="stack_assumed",
    telltales={
        r"(generator|Loader)' has no len\(\)": "loader_misused",
        r"(generator|Loader)' object is not subscriptable": "loader_misused",
        r"^(batches|any_stack): .*(unsupported operand|cannot reshape)": "stack_assumed",
    },
)
