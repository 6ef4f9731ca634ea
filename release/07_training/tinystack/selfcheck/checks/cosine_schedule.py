"""get_lr(e) = min_lr + (max_lr - min_lr)(1 + cos(pi e / total_epochs)) / 2; then it stays at min_lr."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinystack.selfcheck.checks.footprints import Array, close
from tinystack.selfcheck.pictures import Rates
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import call, invoke, number, require_callable

MAX_LR, MIN_LR, TOTAL = 0.2, 0.04, 8
EPOCHS = 12
DEFAULTS = ((0, 0.1), (50, 0.055), (100, 0.01))
"""Epoch and rate of a CosineSchedule() made without arguments."""

TOLERANCE = 1e-6
"""The formula in whatever order of operations, and in float32 as well; rates are of size 0.1."""


def examine(schedule_class: Any) -> Finding:
    """Ask for the rates of twelve epochs, forwards and backwards, and for three of the defaults."""
    require_callable(schedule_class, "CosineSchedule")
    schedule = call("CosineSchedule", schedule_class, max_lr=MAX_LR, min_lr=MIN_LR, total_epochs=TOTAL)
    forwards = [_rate(schedule, epoch) for epoch in range(EPOCHS)]
    backwards = [_rate(schedule, epoch) for epoch in reversed(range(EPOCHS))][::-1]
    seen = np.array(forwards)
    return _pure(seen, np.array(backwards)) or _formula(seen) or _defaults(schedule_class) or _passed(seen)


def _rate(schedule: Any, epoch: int) -> float:
    return number(
        invoke(schedule, "get_lr", epoch), f"get_lr({epoch})", "CosineSchedule.get_lr, the `return` line"
    )


def _expected() -> Array:
    return np.array([_cosine(epoch, MIN_LR) for epoch in range(EPOCHS)])


def _cosine(epoch: float, low: float, total: float = TOTAL) -> float:
    return low + (MAX_LR - low) * (1.0 + math.cos(math.pi * min(epoch, total) / total)) / 2.0


def _picture(seen: Array) -> Rates:
    return Rates(np.arange(EPOCHS, dtype=np.float64), seen, _expected(), "get_lr")


def _pure(seen: Array, again: Array) -> Finding | None:
    if close(seen, again, TOLERANCE):
        return None
    e = int(np.argmax(~(np.abs(seen - again) <= TOLERANCE)))
    saw = f"get_lr({e}) returned {seen[e]:.6g}, and later {again[e]:.6g}"
    bug = "get_lr() depends on what was asked before, not on its argument alone"
    return Finding(
        saw,
        bug,
        "the same rate for the same epoch, always",
        "CosineSchedule.get_lr: every `self.` that it changes",
        (_picture(seen),),
    )


def _formula(seen: Array) -> Finding | None:
    expected = _expected()
    if close(seen, expected, TOLERANCE):
        return None
    e = int(np.argmax(~(np.abs(seen - expected) <= TOLERANCE)))
    saw = f"get_lr({e}) = {seen[e]:.6g} with max_lr={MAX_LR:g}, min_lr={MIN_LR:g}, total_epochs={TOTAL}"
    look = "CosineSchedule.get_lr, against the formula of the schedule, term by term"
    return Finding(saw, _cause(seen), f"{expected[e]:.6g}", look, (_picture(seen),))


def _cause(seen: Array) -> str:
    """Name the mistake that gives exactly these rates in the epochs before total_epochs."""
    epochs = range(TOTAL)
    known = {
        "the rate rises from min_lr to max_lr": [MAX_LR + MIN_LR - _cosine(e, MIN_LR) for e in epochs],
        "the rates end at 0, not at min_lr": [_cosine(e, 0.0) for e in epochs],
        "the rates are one epoch early": [_cosine(e + 1, MIN_LR) for e in epochs],
        "the rates are one epoch late": [_cosine(abs(e - 1), MIN_LR) for e in epochs],
        "min_lr is reached one epoch too soon": [_cosine(e, MIN_LR, TOTAL - 1) for e in epochs],
        "the cosine goes through a whole wave, not half of one": [_wave(e) for e in epochs],
        "the rates fall in a straight line": [MAX_LR + (MIN_LR - MAX_LR) * e / TOTAL for e in epochs],
        "after total_epochs the rate does not stay at min_lr": [_cosine(e, MIN_LR) for e in epochs],
    }
    exact = (cause for cause, rates in known.items() if close(seen[:TOTAL], rates, TOLERANCE))
    return next(exact, "the rates do not follow the formula")


def _wave(epoch: int) -> float:
    return MIN_LR + (MAX_LR - MIN_LR) * (1.0 + math.cos(2.0 * math.pi * epoch / TOTAL)) / 2.0


def _defaults(schedule_class: Any) -> Finding | None:
    schedule = call("CosineSchedule", schedule_class)
    for epoch, rate in DEFAULTS:
        seen = _rate(schedule, epoch)
        if not close(seen, rate, TOLERANCE):
            bug = "the defaults are not max_lr=0.1, min_lr=0.01, total_epochs=100"
            saw = f"CosineSchedule().get_lr({epoch}) = {seen:.6g}"
            return Finding(saw, bug, f"{rate:g}", "CosineSchedule.__init__, the `def` line")
    return None


def _passed(seen: Array) -> Finding:
    saw = f"{EPOCHS} rates from {seen[0]:g} to {seen[-1]:g}, on the cosine to epoch {TOTAL}, then level"
    return Finding(saw, pictures=(_picture(seen),))
