"""Gradient accumulation: k equal batches give the update of one batch k times as large.

Judged by the weights of a group's own batches in its update; leftovers of other batches are the business of
`zero_grad`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graders.criteria.base import Check, Criterion, Deviation, Judge, Judgement, agree
from graders.criteria.footprints import TRACE, Usage, usage
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence
from graders.verdict import Cause, Failure

CAUSES = {
    "not_averaged": Cause(
        "the gradients of a group are added up, not averaged",
        "train_epoch: divide by accumulation_steps what backward() starts from",
        ("clipping",),
    ),
    "wrong_divisor": Cause(
        "the group is divided by another number than its batches",
        "train_epoch: what the loss or the gradient is divided by",
        ("clipping",),
    ),
    "last_batch_only": Cause(
        "only one batch of a group reaches the update",
        "train_epoch: clear gradients once per group, not once per batch",
        ("clipping", "orchestration"),
    ),
    "ignored": Cause(
        "accumulation_steps is ignored: an update after every batch",
        "train_epoch: the condition for the update",
        ("orchestration", "clipping", "zero_grad", "scheduling"),
    ),
    "boundary_shifted": Cause(
        "groups begin or end at the wrong batch",
        "train_epoch: the condition for the update, counted from 0 or from 1",
        ("orchestration", "clipping", "zero_grad"),
    ),
    "short_group_dropped": Cause(
        "the last, short group is never applied",
        "train_epoch: what happens after the loop",
        ("orchestration",),
    ),
    "short_group_leaks": Cause(
        "the last, short group is applied in the next epoch",
        "train_epoch: what is left when the epoch ends",
        ("orchestration", "zero_grad"),
    ),
    "short_group_wrong": Cause(
        "the short group is applied with the wrong weight, or more than once",
        "train_epoch: the update after the loop",
        ("orchestration",),
    ),
}


def _groups(size: int) -> Judge:
    """Make the judge of full groups: each update holds its own batches, each with weight 1 / size.

    Where there is a second epoch, in one group, its update holds all batches; leftovers may add to that.
    """

    def judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
        used, expected = usage(seen, truth).without_empty_updates(), usage(truth, truth)
        batches = expected.weights.shape[1]
        if len(used) != len(expected):
            cause = "boundary_shifted" if len(used) % batches else "ignored"
            return Failure(cause, f"{len(used)} updates", f"{len(expected)} updates, one per group")
        for group in range(batches // size):
            wrong = _wrong_weights(used, group, np.arange(group * size, (group + 1) * size), [1.0 / size])
            if wrong:
                return wrong
        for update in range(batches // size, len(used)):
            if used.batches(update) != list(range(batches)):
                return Failure(
                    "boundary_shifted", used.describe(update), "all batches, as they are one group"
                )
        return _deviation(seen, truth)

    return judge


def _wrong_weights(used: Usage, update: int, own: NDArray[np.intp], accepted: list[float]) -> Failure | None:
    """Compare the weights of an update's own batches with the accepted ones.

    All batches of a group must have the same weight.
    """
    weights = used.weights[update, own]
    if any(np.all(np.abs(weights - weight) <= TRACE) for weight in accepted):
        return None
    names = " or ".join(f"{weight:.3g}" for weight in accepted)
    return Failure(
        _cause(weights),
        used.describe(update),
        f"batches {own[0] + 1} to {own[-1] + 1}, with weight {names} each",
    )


def _cause(weights: Array) -> str:
    there = np.abs(weights) > TRACE
    if not there.all():
        return "last_batch_only" if there.sum() == 1 else "boundary_shifted"
    if np.all(np.abs(weights - 1.0) <= TRACE):
        return "not_averaged"
    return "wrong_divisor"


def _one_large_batch(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The first update from two batches is that of one batch twice as large."""
    got, expected = seen.rows("parameters"), truth.rows("parameters")
    if agree(got, expected):
        return None
    if len(got) != 2 or np.array_equal(got[0], got[1]):
        return Failure("nothing_happens", "parameters that never move", f"parameters {show(expected[-1])}")
    moved, wanted = show_both(got[-1], expected[-1])
    return Deviation(f"parameters {moved} after the first group", wanted)


def _short_group(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Two epochs of four batches in groups of three: the short group is applied once, in its own epoch.

    Weights are judged in the first epoch; in the second, leftovers of the first, which are no business of
    this criterion, may add to them.
    """
    used, expected = usage(seen, truth).without_empty_updates(), usage(truth, truth)
    if len(used) != len(expected):
        return _short_group_missing(used, len(expected))
    wrong = _wrong_weights(used, 0, np.arange(3), [1.0 / 3])
    if wrong:
        return wrong
    short = _wrong_weights(used, 1, np.arange(3, 4), [1.0 / 3, 1.0])
    if short:
        return Failure("short_group_wrong", short.seen, short.expected)
    if not (set(used.batches(2)) >= {0, 1, 2} and 3 in used.batches(3)):
        return Failure(
            "boundary_shifted", used.describe(2), "batches 1 to 3 in the first update of the second epoch"
        )
    return (
        None
        if _same_but_for_the_divisor(seen, truth, [1.0, 3.0, 1.0, 3.0])
        else Deviation("short groups as they should be, but other updates")
    )


def _short_group_missing(used: Usage, expected: int) -> Failure:
    what = f"{len(used)} updates in two epochs of four batches"
    if len(used) > expected:
        return Failure(
            "short_group_wrong", what, f"{expected} updates: a full and a short group in each epoch"
        )
    leaks = len(used) > 1 and bool(np.any(np.abs(used.weights[1, 3:]) > TRACE))
    cause = "short_group_leaks" if leaks else "short_group_dropped"
    return Failure(
        cause, f"{what}; {used.describe(len(used) - 1) if len(used) else 'none'}", f"{expected} updates"
    )


def _short_group_of_two(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Groups of three in epochs of five batches and of one: the last two of the five have one weight.

    That is a third or a half. The lone batch has an update of its own; leftovers may add to that.
    """
    used = usage(seen, truth).without_empty_updates()
    if len(used) != 3 or 4 not in used.batches(2):
        cause = "short_group_dropped" if len(used) < 3 else "short_group_wrong"
        what = f"{len(used)} updates in epochs of five batches and of one"
        return Failure(cause, what, "3 updates: a full and a short group, then one batch alone")
    short = _wrong_weights(used, 1, np.arange(3, 5), [1.0 / 3, 1.0 / 2])
    if short:
        return Failure("short_group_wrong", short.seen, short.expected)
    if _same_but_for_the_divisor(seen, truth, [1.0, 1.5, 3.0], columns=len(truth.array("footprints"))):
        return None
    return Deviation("a short group as it should be, but other updates")


def _same_but_for_the_divisor(
    seen: PartEvidence, truth: PartEvidence, own_length: list[float], columns: int | None = None
) -> bool:
    """Whether the gradients are the reference's but for the divisor of the short groups.

    Each of them is divided by three, or by its own length. own_length: by how much more the
    gradient of each update is then. columns: of the gradient that are compared; None stands for all.
    """
    gradients, expected = seen.array("gradients")[:, :columns], truth.array("gradients")[:, :columns]
    return gradients.shape == expected.shape and all(
        agree(row, wanted) or agree(row, wanted * longer)
        for row, wanted, longer in zip(gradients, expected, own_length, strict=True)
    )


def _deviation(seen: PartEvidence, truth: PartEvidence) -> Deviation | None:
    if agree(seen.array("gradients"), truth.array("gradients")) and agree(
        seen.array("after"), truth.array("after")
    ):
        return None
    return Deviation("groups as they should be, but other updates than the reference's")


CRITERION = Criterion(
    name="accumulation",
    title="Gradient accumulation",
    priority="P2 - MEDIUM",
    rule=(
        "k equal batches give the update of one batch k times as large; a short last group is applied, once."
    ),
    causes=CAUSES,
    checks=(
        Check("groups of two", "groups_of_two", 1, _groups(2)),
        Check("groups of three", "groups_of_three", 1, _groups(3)),
        Check("one large batch", "one_large_batch", 1, _one_large_batch),
        Check("short group", "short_group", 1, _short_group),
        Check("short group of two", "short_group_of_two", 1, _short_group_of_two),
    ),
    unexplained="wrong_divisor",
)
