"""The trainer clips the gradient that an update uses, once; with grad_clip_norm=None it never clips."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinystack.selfcheck.checks.footprints import Array, Run, close, train, wrong_count
from tinystack.selfcheck.pictures import Norms
from tinystack.selfcheck.report import Finding

WEIGHTS = (3.0, -0.9, -6.0, 2.5)
"""A batch of weight h has the gradient h at its own weight and at the bias: norm h sqrt(2), at least 1.27."""

GROUP = (6.0, -2.5)
LIMIT = 2.0
"""Above the second norm and below the others. Not 1, which is the default of clip_grad_norm."""

TOLERANCE = 1e-4
"""Relative 1e-5 of norms up to 8.5: an epsilon of 1e-6 in the denominator is free."""

LOOK = "Trainer.train_epoch: where clip_grad_norm() is called, and with which limit"


def examine(trainer_class: Any) -> Finding:
    """Train an epoch with a limit, one without, and one group of two batches with a limit."""
    run, free = train(trainer_class, 1, WEIGHTS, limit=LIMIT), train(trainer_class, 1, WEIGHTS)
    early = wrong_count(run, len(WEIGHTS)) or wrong_count(free, len(WEIGHTS)) or _mixed(free)
    if early := early or _clipped(run) or _never(free):
        return early
    group = _group(trainer_class)
    return _clipped_once(group, run) or _passed(run, group)


def _gradients(weights: tuple[float, ...]) -> Array:
    return np.hstack([np.diag(weights), np.array(weights)[:, None]])


def _norms(gradients: Array) -> Array:
    return np.asarray(np.linalg.norm(gradients, axis=1))


def _to_limit(gradients: Array) -> Array:
    return gradients * np.minimum(1.0, LIMIT / _norms(gradients))[:, None]


def _picture(run: Run) -> Norms:
    return Norms(_norms(_gradients(WEIGHTS)), _norms(run.gradients), LIMIT)


def _mixed(free: Run) -> Finding | None:
    """With gradients of other batches in an update there is nothing to compare with."""
    if close(free.shares, np.diag(np.diag(free.shares))):
        return None
    saw = "without a limit, the updates already hold gradients of other batches"
    bug = "the gradients are not those of one batch, so clipping cannot be checked yet"
    return Finding(
        saw, bug, "the gradient of one batch", "first see selfcheck.zero_grad(Trainer)", after=("zero_grad",)
    )


def _clipped(run: Run) -> Finding | None:
    used, expected = run.gradients, _to_limit(_gradients(WEIGHTS))
    if close(used, expected, TOLERANCE):
        return None
    u = int(np.argmax(~np.all(np.abs(used - expected) <= TOLERANCE, axis=1)))
    saw = f"update {u + 1} used a gradient of norm {_norms(used)[u]:.4g}, with grad_clip_norm={LIMIT:g}"
    before = _norms(_gradients(WEIGHTS))[u]
    wanted = f"norm {_norms(expected)[u]:.4g} and the same direction (before clipping it is {before:.4g})"
    return Finding(saw, _cause(used), wanted, LOOK, (_picture(run),))


def _cause(used: Array) -> str:
    """Name the mistake that gives these gradients."""
    full = _gradients(WEIGHTS)
    norms = _norms(full)[:, None]
    known = {
        "the update uses the gradient before clipping: it is never clipped, or clipped after step()": full,
        "the limit is not grad_clip_norm: everything is clipped at 1": full / norms,
        "small gradients are scaled up to the limit": full * LIMIT / norms,
        "parameters or entries are clipped on their own, not all by the global norm": np.clip(
            full, -LIMIT, LIMIT
        ),
        "the clipped gradient is gone before step()": np.zeros(full.shape),
    }
    exact = (cause for cause, gradients in known.items() if close(used, gradients, TOLERANCE))
    return next(exact, "the gradient is not scaled down to the limit grad_clip_norm")


def _never(free: Run) -> Finding | None:
    expected = _gradients(WEIGHTS)
    if close(free.gradients, expected, TOLERANCE):
        return None
    u = int(np.argmax(~np.all(np.abs(free.gradients - expected) <= TOLERANCE, axis=1)))
    saw = f"with grad_clip_norm=None, update {u + 1} used a gradient of norm {_norms(free.gradients)[u]:.4g}"
    bug = "the gradient is changed though grad_clip_norm is None"
    return Finding(saw, bug, f"norm {_norms(expected)[u]:.4g}, as it is", LOOK, (_picture(free),))


def _group(trainer_class: Any) -> Array | None:
    """Return the gradient that the update of a group of two used; None if accumulation does not work yet."""
    try:
        used = train(trainer_class, 1, GROUP, limit=LIMIT, accumulation_steps=len(GROUP)).gradients
    except Exception:
        return None
    return used if len(used) == 1 else None


def _clipped_once(used: Array | None, run: Run) -> Finding | None:
    """A group's gradient is clipped once; sum or mean, it is the same then: both are above the limit."""
    expected = _to_limit(_gradients(GROUP).mean(axis=0, keepdims=True))
    if used is None or close(used, expected, TOLERANCE):
        return None
    saw = f"with accumulation_steps={len(GROUP)}, the update used a gradient of norm {_norms(used)[0]:.4g}"
    bug = "the gradient of a group of batches is not clipped once, after accumulation"
    wanted = f"norm {LIMIT:g}, in the direction of the whole group's gradient"
    return Finding(saw, bug, wanted, LOOK, (_picture(run),))


def _passed(run: Run, group: Array | None) -> Finding:
    norms = ", ".join(f"{n:.2f}" for n in _norms(run.gradients))
    groups = (
        "a group is clipped once" if group is not None else "groups NOT checked: accumulation does not work"
    )
    saw = f"gradients of norm {norms} with grad_clip_norm={LIMIT:g}; with None they are left alone; {groups}"
    return Finding(saw, pictures=(_picture(run),))
