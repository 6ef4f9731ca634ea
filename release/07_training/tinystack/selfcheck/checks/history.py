"""history gains a loss per train_epoch, a loss per evaluate, and the rate of each epoch under a scheduler."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import Recorder
from tinystack.selfcheck.checks.footprints import close
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import Stopped, invoke, make_trainer, number, pair, read, show

BATCHES = 3
RATES = np.array([0.05, 0.02, 0.06, 0.03])
CALLS = ("evaluate", "train_epoch", "evaluate", "train_epoch", "train_epoch", "evaluate")

TOLERANCE = 1e-6
"""An entry is the number that was returned; one of both may be a float32."""

WRITERS = {"train_loss": "train_epoch", "eval_loss": "evaluate", "learning_rates": "train_epoch"}


def examine(trainer_class: Any) -> Finding:
    """Call train_epoch and evaluate in turns, with a scheduler; compare history after every call."""
    problem, _ = problems.regression(tinystack, np.random.default_rng(21), BATCHES)
    optimizer = tinystack.SGD(problem.model.parameters(), lr=0.04)
    recorder = Recorder(optimizer)
    trainer = make_trainer(
        trainer_class, problem.model, optimizer, problem.loss, scheduler=problems.RateTable(RATES)
    )
    expected: dict[str, list[float]] = {key: [] for key in WRITERS}
    for name in CALLS:
        _call(trainer, name, problem, recorder, expected)
        finding = _first_difference(trainer, name, expected)
        if finding:
            return finding
    return _passed(expected)


def _call(
    trainer: Any, name: str, problem: problems.Problem, recorder: Recorder, expected: dict[str, list[float]]
) -> None:
    """Make one call, and write down what history should have gained by it."""
    returned = invoke(trainer, name, problem.loader)
    if name == "evaluate":
        expected["eval_loss"].append(pair(returned)[0])
        return
    expected["train_loss"].append(
        number(returned, "the loss that train_epoch() returned", "Trainer.train_epoch, the `return` line")
    )
    epoch = len(expected["learning_rates"])
    expected["learning_rates"].append(recorder.rows[-1][3] if recorder.rows else float(RATES[epoch]))


def _first_difference(trainer: Any, call: str, expected: dict[str, list[float]]) -> Finding | None:
    history = read(trainer, "history")
    differences = (_difference(history, key, call, values) for key, values in expected.items())
    return next((finding for finding in differences if finding), None)


def _difference(history: Any, key: str, call: str, expected: list[float]) -> Finding | None:
    look = f"Trainer.{WRITERS[key]}: the line that appends to history[{key!r}]"
    seen = _entries(history, key, look)
    if len(seen) != len(expected):
        saw = f"history[{key!r}] has {len(seen)} entries after {call}(): {show(seen)}"
        bug = f"history[{key!r}] does not gain one entry per {WRITERS[key]}()"
        return Finding(saw, bug, f"{len(expected)} entries", look)
    for value, right in zip(seen, expected, strict=True):
        entry = number(value, f"an entry of history[{key!r}]", look)
        if not close(entry, right, TOLERANCE):
            what = (
                "the rate that the epoch trained at"
                if key == "learning_rates"
                else f"what {WRITERS[key]}() returned"
            )
            return Finding(
                f"history[{key!r}] is {show(seen)}",
                f"history[{key!r}] is not {what}",
                f"{right:.6g} in place of {entry:.6g}",
                look,
            )
    return None


def _entries(history: Any, key: str, look: str) -> list[Any]:
    try:
        return list(history[key])
    except (KeyError, TypeError, IndexError) as error:
        saw = f"trainer.history is {show(history)}"
        bug = f"history[{key!r}] is no list"
        raise Stopped(
            Finding(saw, bug, f"a dict with the lists {', '.join(WRITERS)}", "Trainer.__init__; " + look)
        ) from error


def _passed(expected: dict[str, list[float]]) -> Finding:
    counts = ", ".join(f"{len(values)} in {key!r}" for key, values in expected.items())
    return Finding(
        f"after {len(CALLS)} calls, {counts}: all equal to what was returned, and to the rates trained at"
    )
