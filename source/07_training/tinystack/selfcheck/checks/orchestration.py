"""Every batch is used once and in order, one update each; counters and the returned loss follow from that."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinystack.selfcheck.checks.footprints import (
    LOSS_TOLERANCE,
    SHARE_TOLERANCE,
    WEIGHTS,
    Run,
    close,
    contents,
    train,
    usage,
    usage_against,
)
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import read, show

EPOCHS = 2
BATCHES = len(WEIGHTS)


def examine(trainer_class: Any) -> Finding:
    """Train two epochs of five batches; look at the updates, their order, the counters and the loss."""
    run = train(trainer_class, EPOCHS)
    return _updates(run) or _gradients(run) or _order(run) or _counters(run) or _loss(run) or _passed(run)


def _updates(run: Run) -> Finding | None:
    if run.updates == [BATCHES] * EPOCHS:
        return None
    first = run.updates[0]
    bugs = {
        0: "no update is made: step() is never called, or the dataloader is used up before the loop",
        1: "one update per epoch, not one per batch",
        BATCHES - 1: "one batch of the epoch is left out",
        BATCHES + 1: "there is one update too many",
        2 * BATCHES: "there are two updates per batch",
    }
    bug = bugs.get(first, "the number of updates is not the number of batches")
    look = "Trainer.train_epoch: what is inside the loop over the batches, and what comes after it"
    return Finding(
        f"{run.updates} updates in {EPOCHS} epochs",
        bug,
        f"{BATCHES} updates in each, one per batch",
        look,
        usage(run),
    )


def _gradients(run: Run) -> Finding | None:
    empty = ~np.any(np.abs(run.shares) > SHARE_TOLERANCE, axis=1)
    if not empty[0]:
        return None
    bug = "optimizer.step() finds no gradient: is backward() called, before it, and its result kept?"
    saw = f"{int(empty.sum())} of {len(empty)} updates used a zero gradient"
    look = "Trainer.train_epoch: the order of forward, loss, backward() and step()"
    return Finding(saw, bug, "each update uses the gradient of its batch", look, usage(run))


def _order(run: Run) -> Finding | None:
    """Each update holds its own batch and no later one; leftovers of earlier ones are zero_grad's matter."""
    used = np.abs(run.shares) > SHARE_TOLERANCE
    first = used[:BATCHES]
    wrong = np.zeros(used.shape, dtype=bool)
    wrong[:BATCHES] = np.triu(first, 1) | (~first & np.eye(BATCHES, dtype=bool))
    wrong[BATCHES:] = ~used[BATCHES:] & np.eye(BATCHES, dtype=bool)
    if not wrong.any():
        return None
    u = int(np.argmax(wrong.any(axis=1)))
    others = used != np.vstack([np.eye(BATCHES, dtype=bool)] * EPOCHS)
    saw = f"update {u + 1} used {contents(run.shares[u])}"
    bug = "the batches are not used once each, in the order of the dataloader"
    look = "Trainer.train_epoch: how the loop walks the dataloader, and which batch is given to the model"
    return Finding(saw, bug, f"batch {u % BATCHES + 1}", look, usage(run, others))


def _counters(run: Run) -> Finding | None:
    expected = [[BATCHES, 2 * BATCHES], [1, 2]]
    read(run.trainer, "step"), read(run.trainer, "epoch")
    for name, seen, right in zip(("step", "epoch"), (run.steps, run.epochs), expected, strict=True):
        if not all(_same(a, b) for a, b in zip(seen, right, strict=True)):
            bug = f"trainer.{name} does not count " + (
                "the updates" if name == "step" else "the finished epochs"
            )
            look = f"Trainer.__init__ and Trainer.train_epoch: every line with self.{name}"
            saw = f"trainer.{name} was {', then '.join(show(value) for value in seen)} after each epoch"
            return Finding(saw, bug, f"{right[0]}, then {right[1]}", look)
    return None


def _same(seen: Any, right: int) -> bool:
    return isinstance(seen, (int, float, np.number)) and not isinstance(seen, bool) and float(seen) == right


def _loss(run: Run) -> Finding | None:
    returned, before = run.loss(), run.batch_losses(list(range(BATCHES)))
    if close(returned, before.mean(), LOSS_TOLERANCE):
        return None
    after = run.batch_losses(list(range(BATCHES)), moment=2)
    bugs = {
        "the loss of the last batch is returned, not the mean": before[-1],
        "the sum of the losses is returned, not their mean": before.sum(),
        "the losses are measured after their updates, not before": after.mean(),
    }
    named = (bug for bug, value in bugs.items() if close(returned, value, LOSS_TOLERANCE))
    bug = next(named, "the returned loss is not the mean of the batches' losses")
    saw = f"train_epoch() returned {returned:.6g}"
    expected = f"{before.mean():.6g}, the mean of {', '.join(f'{loss:.4g}' for loss in before)}"
    return Finding(
        saw, bug, expected, "Trainer.train_epoch: where losses are added up, and the `return` line"
    )


def _passed(run: Run) -> Finding:
    """Leftovers of earlier batches are another check's matter: no picture here says that all is well then."""
    saw = f"{sum(run.updates)} updates in {EPOCHS} epochs, in order; step, epoch and loss are right"
    expected = np.vstack([np.eye(BATCHES)] * EPOCHS)
    return Finding(saw, pictures=usage_against(run, expected) if close(run.shares, expected) else ())
