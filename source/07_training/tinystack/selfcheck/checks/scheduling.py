"""Epoch e, counted from 0, trains at scheduler.get_lr(e); with no scheduler the rate is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import Recorder
from tinystack.selfcheck.checks.footprints import ORDER_FIRST, WEIGHTS, Array, close
from tinystack.selfcheck.pictures import Rates
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer

TABLE = np.array([0.06, 0.02, 0.09, 0.03, 0.05])
"""Rates of the epochs, in no order; the last one is of the epoch after the run."""

EPOCHS, BATCHES = len(TABLE) - 1, len(WEIGHTS)
OWN_RATE = 0.08
"""The rate that the optimizer is made with."""

TOLERANCE = 1e-6
"""Rates are passed on, not computed; float32 is allowed."""

LOOK = "Trainer.train_epoch: where get_lr() is called and optimizer.lr is set, and where self.epoch changes"


def examine(trainer_class: Any) -> Finding:
    """Train by a table of rates, and with no scheduler; what counts is the rate when step() is called."""
    used = _rates(trainer_class, scheduler=problems.RateTable(TABLE))
    free = _rates(trainer_class)
    return _count(used) or _count(free) or _scheduled(used) or _left_alone(free) or _passed(used)


def _rates(trainer_class: Any, **options: Any) -> Array:
    problem = problems.footprints(tinystack, np.array(WEIGHTS))
    optimizer = tinystack.SGD(problem.model.parameters(), lr=OWN_RATE)
    recorder = Recorder(optimizer)
    trainer = make_trainer(trainer_class, problem.model, optimizer, problem.loss, **options)
    for _ in range(EPOCHS):
        invoke(trainer, "train_epoch", problem.loader)
    return np.array([row[3] for row in recorder.rows])


def _count(used: Array) -> Finding | None:
    if used.size == EPOCHS * BATCHES:
        return None
    saw = f"{used.size} updates in {EPOCHS} epochs of {BATCHES} batches"
    bug = "the number of updates is wrong, so their rates cannot be checked yet"
    return Finding(saw, bug, f"{EPOCHS * BATCHES}", ORDER_FIRST, after=("orchestration",))


def _picture(used: Array) -> Rates:
    return Rates(np.arange(used.size) / BATCHES, used, np.repeat(TABLE[:EPOCHS], BATCHES))


def _scheduled(used: Array) -> Finding | None:
    expected = np.repeat(TABLE[:EPOCHS], BATCHES)
    if close(used, expected, TOLERANCE):
        return None
    u = int(np.argmax(~(np.abs(used - expected) <= TOLERANCE)))
    saw = f"epoch {u // BATCHES} (counted from 0), update {u % BATCHES + 1}: rate {used[u]:.4g}"
    return Finding(saw, _cause(used), f"get_lr({u // BATCHES}) = {expected[u]:.4g}", LOOK, (_picture(used),))


def _cause(used: Array) -> str:
    """Name the mistake that gives these rates."""
    by_epoch = used.reshape(EPOCHS, BATCHES)
    first = by_epoch[:, 0]
    if close(used, np.full(used.size, OWN_RATE), TOLERANCE):
        return "the scheduler is never applied: the rate stays what it was"
    if close(used, np.full(used.size, TABLE[0]), TOLERANCE):
        return "every epoch trains at the rate of epoch 0"
    if not close(by_epoch, np.repeat(first, BATCHES).reshape(by_epoch.shape), TOLERANCE):
        return "the rate changes within an epoch: it is set too late, or by counting batches"
    if close(first[1:], TABLE[: EPOCHS - 1], TOLERANCE):
        return "the schedule is applied one epoch late"
    if close(first, TABLE[1:], TOLERANCE):
        return "the schedule is applied one epoch early"
    return "the rates are not those of the scheduler"


def _left_alone(free: Array) -> Finding | None:
    if close(free, np.full(free.size, OWN_RATE), TOLERANCE):
        return None
    u = int(np.argmax(~(np.abs(free - OWN_RATE) <= TOLERANCE)))
    saw = f"with scheduler=None, update {u + 1} ran at the rate {free[u]:.4g}"
    look = "Trainer: every line that assigns optimizer.lr"
    return Finding(
        saw,
        "the rate is changed though there is no scheduler",
        f"the optimizer's own rate, {OWN_RATE:g}",
        look,
    )


def _passed(used: Array) -> Finding:
    saw = f"{used.size} updates, each at the rate of its epoch; with no scheduler the rate is left alone"
    return Finding(saw, pictures=(_picture(used),))
