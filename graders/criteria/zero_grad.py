"""zero_grad() requirement: each update uses the gradient of its own batch (or group) alone.

An update that holds footprints of more batches than its own holds leftovers. Which batch is an update's own,
and how heavily a group's batches count, is the business of `orchestration` and `accumulation`.
"""

from __future__ import annotations

import numpy as np

from graders.criteria.base import Check, Criterion, Deviation, Judge, Judgement, agree
from graders.criteria.footprints import TRACE, Usage, moved, usage
from graders.evidence import Array, PartEvidence
from graders.verdict import Cause, Failure

NEEDS_GRADIENTS = (
    "orchestration",
    "convergence",
    "accumulation",
    "scheduling",
    "clipping",
    "modes",
    "checkpointing",
    "history",
)

CAUSES = {
    "never_cleared": Cause(
        "missing zero_grad() in the training loop: every gradient is added to all earlier ones",
        "train_epoch: call optimizer.zero_grad() once per update",
        ("convergence", "checkpointing"),
    ),
    "cleared_per_epoch": Cause(
        "zero_grad() is called once per epoch, not once per update",
        "train_epoch: move zero_grad() into the loop",
        ("convergence",),
    ),
    "cleared_before_step": Cause(
        "zero_grad() stands between backward() and step(): the gradient is gone when it is needed",
        "train_epoch: the order backward, step, zero_grad",
        NEEDS_GRADIENTS,
    ),
    "partly_cleared": Cause(
        "only some parameters are cleared",
        "train_epoch: clear every parameter of the model",
        ("convergence",),
    ),
    "cleared_irregularly": Cause(
        "gradients are cleared before some updates only",
        "train_epoch: the condition under which zero_grad() is called",
        ("convergence",),
    ),
    "epoch_leftover": Cause(
        "a gradient of the last epoch leaks into the next",
        "train_epoch: what is left on the parameters when an epoch ends",
        ("convergence", "accumulation"),
    ),
    "group_leftover": Cause(
        "a gradient of an earlier accumulation group leaks into the next",
        "train_epoch: zero_grad() after the update of each group",
        ("accumulation",),
    ),
    "backward_twice": Cause(
        "the gradient of a batch is counted twice",
        "train_epoch: backward() once per batch, on a cleared gradient",
        ("convergence", "accumulation", "clipping"),
    ),
}


def _no_leftovers(own: int, otherwise: str) -> Judge:
    """Make the judge of a part whose updates use `own` batches each.

    otherwise: the cause of an unusual leftover.
    """

    def judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
        used, expected = usage(seen, truth), usage(truth, truth)
        return (
            _no_gradient(used, len(expected)) or _leftovers(used, own, otherwise) or _deviation(seen, truth)
        )

    return judge


def _no_gradient(used: Usage, expected: int) -> Failure | None:
    """Updates without any gradient, unless they come on top of the updates that there should be."""
    empty = [i for i in range(len(used)) if not used.batches(i)]
    if not empty or len(used) - len(empty) >= expected:
        return None
    cause = "cleared_before_step" if len(empty) == len(used) else "cleared_irregularly"
    return Failure(cause, used.describe(empty[0]), "each update uses the gradient of its own batch")


def _leftovers(used: Usage, own: int, otherwise: str) -> Failure | None:
    """Find updates that hold more than their own batches.

    That is a batch of an earlier update, a batch counted twice, or a foreign bias.
    """
    crowded = [i for i in range(len(used)) if _holds_leftover(used, i, own)]
    expected = (
        f"each update uses the {own} batches of its own group alone"
        if own > 1
        else "each update uses its own batch alone"
    )
    if crowded:
        return Failure(_leftover_cause(used, crowded, otherwise), used.describe(crowded[0]), expected)
    doubled = [i for i in range(len(used)) if own == 1 and _counted_twice(used, i)]
    if doubled:
        cause = "backward_twice" if 0 in doubled else "never_cleared"
        return Failure(cause, used.describe(doubled[0]), "each update uses its own batch once (weight 1)")
    if _bias_accumulates(used):
        return Failure(
            "partly_cleared", "the bias holds gradients of earlier batches, the weights do not", expected
        )
    return None


def _bias_accumulates(used: Usage) -> bool:
    """Whether the bias holds more than its update's batches, each time just what it held an update before."""
    extra = used.leftover_bias
    over = np.flatnonzero(np.abs(extra) > TRACE)
    return bool(len(over)) and all(i > 0 and abs(extra[i] - used.bias[i - 1]) <= TRACE for i in over)


def _holds_leftover(used: Usage, update: int, own: int) -> bool:
    """Whether an update holds more batches than its own, of which at least one was used before."""
    earlier = {batch for i in range(update) for batch in used.batches(i)}
    batches = used.batches(update)
    return len(batches) > own and bool(earlier & set(batches))


def _counted_twice(used: Usage, update: int) -> bool:
    return bool(np.any(np.abs(used.weights[update] - 2.0) <= TRACE))


def _leftover_cause(used: Usage, crowded: list[int], otherwise: str) -> str:
    if np.any(np.abs(used.leftover_bias) > TRACE):
        return "partly_cleared"
    if crowded == list(range(1, len(used))):
        return "never_cleared"
    if otherwise == "cleared_irregularly" and crowded == [
        i for i in range(len(used)) if i % used.weights.shape[1]
    ]:
        return "cleared_per_epoch"
    return "epoch_leftover" if all(i % used.weights.shape[1] == 0 for i in crowded) else otherwise


def _deviation(seen: PartEvidence, truth: PartEvidence) -> Deviation | None:
    if len(moved(seen)) == 0:
        return Deviation("no update at all")
    if any(agree(seen.array("gradients"), gradients) for gradients in _either_divisor(truth)):
        return None
    return Deviation("no leftovers, but other updates than the reference's")


def _either_divisor(truth: PartEvidence) -> tuple[Array, ...]:
    """The reference's gradients, with short groups divided by accumulation_steps or by their own length."""
    gradients, weights = truth.array("gradients"), usage(truth, truth).weights
    full = float(weights.sum(axis=1).max())
    return gradients, gradients * (full / weights.sum(axis=1))[:, None]


CRITERION = Criterion(
    name="zero_grad",
    title="zero_grad() requirement",
    priority="P0 - CRITICAL",
    rule="Each update uses the gradient of its own batch or group alone.",
    causes=CAUSES,
    checks=(
        Check("within an epoch", "within_epoch", 8, _no_leftovers(1, "cleared_irregularly")),
        Check("across epochs", "across_epochs", 4, _no_leftovers(1, "epoch_leftover")),
        Check("across groups", "across_groups", 2, _no_leftovers(2, "group_leftover")),
        Check("after a short group", "across_a_short_group", 1, _no_leftovers(2, "epoch_leftover")),
    ),
    unexplained="cleared_irregularly",
)
