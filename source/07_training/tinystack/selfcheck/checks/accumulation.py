"""k batches are averaged in one update; a short last group is applied, and leaks into no other epoch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinystack.selfcheck.checks.footprints import (
    LOSS_TOLERANCE,
    WEIGHTS,
    Array,
    Run,
    close,
    contents,
    train,
    usage,
    usage_against,
)
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import show

EPOCHS = 2
K = 2
GROUP_OF = [0, 0, 1, 1, 2]
"""The update that each of the five batches goes into."""
UPDATES = 3

LOOK = "Trainer.train_epoch: what is done for each batch, and what only when a group is full"


def examine(trainer_class: Any) -> Finding:
    """Train two epochs of five batches with accumulation_steps=2: two groups of two, and one of one."""
    run = train(trainer_class, EPOCHS, accumulation_steps=K)
    return _updates(run) or _groups(run) or _counter(run) or _loss(run) or _passed(run)


def _expected(last: float = 1.0 / K) -> Array:
    epoch = np.zeros((UPDATES, len(WEIGHTS)))
    epoch[GROUP_OF, range(len(WEIGHTS))] = 1.0 / K
    epoch[-1, -1] = last
    return np.vstack([epoch] * EPOCHS)


def _accepted(run: Run) -> Array:
    """The shares expected; the short group may be divided by k or by its own length, as the run does it."""
    return next((e for e in (_expected(), _expected(1.0)) if close(run.shares, e)), _expected())


def _updates(run: Run) -> Finding | None:
    if run.updates == [UPDATES] * EPOCHS:
        return None
    first = run.updates[0]
    bugs = {
        0: "optimizer.step() is never called when batches are accumulated",
        1: "the groups are not told apart: one update per epoch",
        UPDATES - 1: _short_group_bug(run),
        len(WEIGHTS): "accumulation_steps is not used: every batch gets its own update",
    }
    bug = bugs.get(first, "the number of updates is not the number of groups")
    saw = f"{run.updates} updates in {EPOCHS} epochs of {len(WEIGHTS)} batches, with accumulation_steps={K}"
    wanted = f"{UPDATES} updates in each: groups of 2, 2 and 1"
    return Finding(saw, bug, wanted, LOOK, usage(run), after=("orchestration",))


def _short_group_bug(run: Run) -> str:
    leaks = len(run.shares) > UPDATES - 1 and abs(run.shares[UPDATES - 1][-1]) > 1e-6
    return "the short last group " + (
        "is not applied, and leaks into the next epoch" if leaks else "is dropped"
    )


def _groups(run: Run) -> Finding | None:
    shares, expected = run.shares, _accepted(run)
    if close(shares, expected):
        return None
    u = int(np.argmax(~np.all(np.abs(shares - expected) <= 1e-6, axis=1)))
    saw = f"update {u + 1} used {contents(shares[u])}"
    pictures = usage_against(run, expected)
    return Finding(saw, _cause(shares), contents(expected[u]), LOOK, pictures, after=("zero_grad",))


def _cause(shares: Array) -> str:
    belongs = _expected() > 0
    if np.any(np.abs(shares[~belongs]) > 1e-6):
        return "gradients of one group are left over for the next"
    if close(shares[:2, :4][belongs[:2, :4]], np.ones(4)):
        return "the gradients of a group are added up, not averaged"
    if np.any(np.abs(shares[belongs]) <= 1e-6):
        return "gradients are cleared for every batch: the earlier batches of a group are lost"
    return "the batches of a group do not count equally, one k-th each"


def _counter(run: Run) -> Finding | None:
    if run.steps == [UPDATES, 2 * UPDATES]:
        return None
    saw = f"trainer.step was {', then '.join(show(step) for step in run.steps)} after each epoch"
    bug = "trainer.step does not count the updates"
    return Finding(
        saw, bug, f"{UPDATES}, then {2 * UPDATES}", "Trainer.train_epoch: every line with self.step"
    )


def _loss(run: Run) -> Finding | None:
    returned, losses = run.loss(), run.batch_losses(GROUP_OF)
    if close(returned, losses.mean(), LOSS_TOLERANCE):
        return None
    scaled = close(returned * K, losses.mean(), LOSS_TOLERANCE)
    bug = "the returned loss is " + (
        "divided by accumulation_steps" if scaled else "not the mean of the batches' losses"
    )
    saw = f"train_epoch() returned {returned:.6g}"
    expected = f"{losses.mean():.6g}, the mean of {', '.join(f'{loss:.4g}' for loss in losses)}"
    return Finding(
        saw, bug, expected, "Trainer.train_epoch: where losses are added up, before or after any scaling"
    )


def _passed(run: Run) -> Finding:
    saw = f"{len(run.shares)} updates in {EPOCHS} epochs: groups of 2, 2 and 1 batches, averaged"
    return Finding(saw, pictures=usage_against(run, _accepted(run)))
