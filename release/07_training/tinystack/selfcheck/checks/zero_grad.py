"""Each update uses the gradient of its own batch alone: nothing left from earlier batches or epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinystack.selfcheck.checks.footprints import (
    WEIGHTS,
    Array,
    Run,
    close,
    contents,
    train,
    usage_against,
    wrong_count,
)
from tinystack.selfcheck.report import Finding

EPOCHS = 2
BATCHES = len(WEIGHTS)

LOOK = "Trainer.train_epoch: the line that clears the gradients, and its place among backward() and step()"


def examine(trainer_class: Any) -> Finding:
    """Train two epochs; the gradient of every update must be that of its batch."""
    run = train(trainer_class, EPOCHS)
    return wrong_count(run, BATCHES) or _leftovers(run) or _passed(run)


def _expected() -> Array:
    return np.vstack([np.eye(BATCHES)] * EPOCHS)


def _leftovers(run: Run) -> Finding | None:
    shares, expected = run.shares, _expected()
    if close(shares, expected):
        return None
    u = int(np.argmax(~np.all(np.abs(shares - expected) <= 1e-6, axis=1)))
    saw = f"update {u + 1} used {contents(shares[u])}"
    return Finding(saw, _cause(shares), f"batch {u % BATCHES + 1} alone", LOOK, usage_against(run, expected))


def _cause(shares: Array) -> str:
    """Name the mistake that leaves exactly these footprints."""
    triangle = np.tril(np.ones((BATCHES, BATCHES)))
    causes = {
        "missing zero_grad() in the training loop": np.vstack([triangle, triangle + 1]),
        "zero_grad() runs once per epoch, not once per update": np.vstack([triangle, triangle]),
        "zero_grad() runs between backward() and step(), so the gradient is gone": np.zeros(shares.shape),
    }
    exact = (cause for cause, footprint in causes.items() if close(shares, footprint))
    return next(exact, None) or _inexact_cause(shares)


def _inexact_cause(shares: Array) -> str:
    own = _expected() > 0
    if np.any(np.abs(shares[BATCHES][1:]) > 1e-6) and close(shares[:BATCHES], np.eye(BATCHES)):
        return "gradients of one epoch are left over for the next"
    if np.any(np.abs(shares[~own]) > 1e-6):
        return "gradients of other batches are left in the update"
    return "the gradient of a batch is not used once, as it is"


def _passed(run: Run) -> Finding:
    saw = f"{len(run.shares)} updates in {EPOCHS} epochs, each with the gradient of its own batch alone"
    return Finding(saw, pictures=usage_against(run, _expected()))
