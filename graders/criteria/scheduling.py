"""Learning rate scheduling: the cosine formula, and the rate that each update really used.

The rate is read from the update itself: plain SGD moves the parameters by rate times gradient. So what an
attribute or the history says does not count, and neither does what else is wrong with the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from graders.criteria.base import Check, Criterion, Deviation, Judge, Judgement, agree, compared
from graders.criteria.footprints import moved
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence, Unusable
from graders.verdict import Cause, Failure

RATE_FROM_UPDATE = 1e-6
"""Relative error of a rate that is computed as a quotient of differences of parameters of size 1."""

CAUSES = {
    "formula_wrong": Cause(
        "get_lr does not follow the cosine formula",
        "CosineSchedule.get_lr: compare with min_lr + (max_lr - min_lr)(1 + cos(pi e / total_epochs)) / 2",
    ),
    "floor_missing": Cause(
        "the rate does not stay at min_lr from total_epochs on",
        "CosineSchedule.get_lr: epochs at and beyond total_epochs",
    ),
    "not_a_function": Cause(
        "get_lr depends on earlier calls, or on another schedule",
        "CosineSchedule.get_lr: compute from `epoch` and the schedule's own settings, keep no state",
    ),
    "never_applied": Cause(
        "the scheduler's rate never reaches the optimizer",
        "train_epoch: optimizer.lr = scheduler.get_lr(epoch)",
        ("checkpointing", "history"),
    ),
    "applied_late": Cause(
        "the rate is set after the epoch: epoch e trains at the rate of epoch e - 1",
        "train_epoch: set the rate before the first update of the epoch",
        ("checkpointing", "history"),
    ),
    "applied_early": Cause(
        "epoch e trains at the rate of epoch e + 1",
        "train_epoch: the epoch number given to get_lr counts from 0",
        ("checkpointing", "history"),
    ),
    "per_update": Cause(
        "the schedule advances with every batch or update",
        "train_epoch: ask get_lr for the epoch, not for the step",
        ("checkpointing", "history"),
    ),
    "rate_drifts": Cause(
        "the rate is changed in another way than by get_lr",
        "train_epoch: every line that assigns to optimizer.lr",
        ("checkpointing", "history"),
    ),
    "own_rate_lost": Cause(
        "without a scheduler the optimizer's own rate is changed",
        "train_epoch: assign to optimizer.lr only if there is a scheduler",
        ("orchestration", "convergence", "zero_grad", "checkpointing", "history", "modes"),
    ),
    "scheduler_assumed": Cause(
        "the trainer works only with CosineSchedule, or calls something else than get_lr",
        "train_epoch: use nothing of the scheduler but get_lr(epoch)",
        ("orchestration", "checkpointing", "history"),
    ),
}


def _formula(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """get_lr at epochs in no order, of two schedules, beyond the end, asked twice, and with the defaults."""
    inside, again = seen.items("inside"), seen.items("again")
    if not again or list(inside[: len(again)]) != list(again):
        return Failure(
            "not_a_function",
            f"another rate when asked again: {_rates(seen, 'again')}",
            _rates(truth, "again"),
        )
    for name, cause in (
        ("inside", "formula_wrong"),
        ("beside", "not_a_function"),
        ("after", "floor_missing"),
        ("one_epoch", "floor_missing"),
        ("to_zero", "formula_wrong"),
        ("one_rate", "formula_wrong"),
        ("defaults", "formula_wrong"),
    ):
        what = f"get_lr {_WHERE[name]}"
        wrong = compared(cause, what, seen.numbers(name), truth.numbers(name))
        if wrong:
            return wrong
    return None


_WHERE = {
    "inside": "within the schedule",
    "beside": "of a second schedule of the same length",
    "after": "from total_epochs on",
    "one_epoch": "of a schedule of one epoch",
    "to_zero": "with min_lr=0",
    "one_rate": "with max_lr equal to min_lr",
    "defaults": "with the default arguments",
}


def _rates(part: PartEvidence, name: str) -> str:
    return show(part.numbers(name))


def _rate_of_each_epoch(compared_updates: int | None = None) -> Judge:
    """Make the judge of the rates: every update of epoch e uses get_lr(e).

    compared_updates: so many are compared with the reference's; of others the divisor is free. None: all.
    """

    def judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
        table = truth.array("table")
        by_epoch = rates_by_epoch(seen)
        if not any(len(rates) for rates in by_epoch):
            return Failure("never_applied", "no update in any epoch", "updates at the rates of the scheduler")
        for epoch, rates in enumerate(by_epoch):
            if not agree(rates, np.full(len(rates), table[epoch]), RATE_FROM_UPDATE):
                expected = (
                    f"epoch {epoch} trains at {show(table[epoch])}; the rates by epoch are {show(table)}"
                )
                return Failure(_cause(by_epoch, table), f"epoch {epoch} trained at {show(rates)}", expected)
        return _deviation(seen, truth, compared_updates)

    return judge


def _cause(by_epoch: list[Array], table: Array) -> str:
    """Name the way in which the rates of the updates miss the table."""
    ways: dict[str, Callable[[int], float | None]] = {
        "never_applied": lambda epoch: by_epoch[0][0],
        "applied_late": lambda epoch: table[epoch - 1] if epoch else None,
        "applied_early": lambda epoch: table[min(epoch + 1, len(table) - 1)],
    }
    if not len(by_epoch[0]):
        return "rate_drifts"
    for cause, expected in ways.items():
        if all(_all_at(rates, expected(epoch)) for epoch, rates in enumerate(by_epoch)):
            return cause
    if all(_all_at(rates[1:], table[epoch]) for epoch, rates in enumerate(by_epoch)):
        return "applied_late"
    if any(len(rates) > 1 and not _all_at(rates, float(rates[0])) for rates in by_epoch):
        return "per_update"
    return "rate_drifts"


def _all_at(rates: Array, rate: float | None) -> bool:
    return rate is None or agree(rates, np.full(len(rates), rate), RATE_FROM_UPDATE)


def _own_rate(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Without a scheduler, each update uses the rate given to the optimizer, also one given by hand later."""
    by_epoch = rates_by_epoch(seen)
    if not any(len(rates) for rates in by_epoch):
        return Failure("own_rate_lost", "no update in any epoch", "updates at the optimizer's own rate")
    for epoch, (rates, expected) in enumerate(zip(by_epoch, rates_by_epoch(truth), strict=True)):
        if not _all_at(rates, float(expected[0])):
            used, own = show_both(rates, expected[: len(rates)])
            return Failure("own_rate_lost", f"epoch {epoch} trained at {used}", f"{own}, the optimizer's own")
    return _deviation(seen, truth)


def rates_by_epoch(seen: PartEvidence) -> list[Array]:
    """Return the rates that the updates of each epoch really used, an array per epoch.

    Raises:
        Unusable: the record is not complete.
    """
    ends = [0, *(int(count) for count in seen.numbers("updates"))]
    rates = _rates_used(seen)
    by_epoch = [rates[start:end] for start, end in pairwise(ends)]
    if len(ends) == 1 or sorted(ends) != ends or ends[-1] != len(rates):
        raise Unusable(f"{len(rates)} updates were recorded, and {ends[1:]} were counted after the epochs")
    return by_epoch


def _rates_used(seen: PartEvidence) -> Array:
    """Rate of each update: how far it moved, over its gradient; where it had none, the optimizer's `lr`."""
    gradients, stated = seen.array("gradients"), seen.array("rates")
    if stated.shape == (0,):
        return stated
    steps = moved(seen)
    if gradients.shape != steps.shape or stated.shape != gradients.shape[:1]:
        raise Unusable("the records of gradients, parameters and rates do not fit together")
    if not (np.all(np.isfinite(gradients)) and np.all(np.isfinite(stated))):
        raise Unusable("a recorded gradient or rate is no finite number")
    squares = np.sum(gradients**2, axis=1)
    quotients = -np.sum(steps * gradients, axis=1) / np.where(squares > 0, squares, 1.0)
    return np.where(squares > 0, quotients, stated)


def _deviation(seen: PartEvidence, truth: PartEvidence, updates: int | None = None) -> Deviation | None:
    got, expected = seen.array("after"), truth.array("after")
    if len(got) == len(expected) and agree(got[:updates], expected[:updates]):
        return None
    return Deviation("the right rates, but other updates than the reference's")


CRITERION = Criterion(
    name="scheduling",
    title="Learning rate scheduling",
    priority="P1 - HIGH",
    rule="get_lr follows the cosine formula, and epoch e trains at get_lr(e) from its first update.",
    causes=CAUSES,
    checks=(
        Check("formula", "formula", 6, _formula),
        Check("rate of each epoch", "rate_of_each_epoch", 5, _rate_of_each_epoch()),
        Check("rate with accumulation", "rate_with_accumulation", 2, _rate_of_each_epoch(compared_updates=4)),
        Check("own rate without a scheduler", "own_rate", 2, _own_rate),
    ),
    unexplained="rate_drifts",
    telltales={r"'RateTable' object has no attribute": "scheduler_assumed"},
)
