"""A regression finds the true weights and bias; a classification that no line separates is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import Recorder, flat
from tinystack.selfcheck.checks.footprints import ORDER_FIRST, Array
from tinystack.selfcheck.pictures import LossCurve
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer

BATCHES, EPOCHS, RATE = 4, 30, 0.07
"""120 updates, of which each brings the error down to 0.93 or less of what it was: 1e-5 in the end."""

WEIGHT_TOLERANCE = 1e-4
LOSS_LIMIT = 1e-6

XOR_BATCHES, XOR_EPOCHS, XOR_RATE = 8, 60, 0.03
"""On this seed every sample is right after 20 epochs."""

LOOK = "Trainer.train_epoch: what happens between the loss and optimizer.step(), for every batch"


@dataclass(frozen=True)
class Run:
    """A regression run: the losses by epoch, computed here, and what each update did."""

    truth: Array
    found: Array
    losses: Array
    recorder: Recorder
    problem: problems.Problem

    @property
    def picture(self) -> LossCurve:
        """The loss curve, with what was learned."""
        learned = f"found {_vector(self.found)}, true {_vector(self.truth)}"
        return LossCurve(self.losses, LOSS_LIMIT, learned)


def examine(trainer_class: Any) -> Finding:
    """Train a regression without noise from zero, with SGD; then XOR with AdamW."""
    run = _regression(trainer_class)
    right, samples = _xor(trainer_class)
    return _between(run) or _weights(run) or _classes(run, right, samples) or _passed(run, right, samples)


def _regression(trainer_class: Any) -> Run:
    problem, truth = problems.regression(tinystack, np.random.default_rng(1), BATCHES)
    optimizer = tinystack.SGD(problem.model.parameters(), lr=RATE)
    recorder = Recorder(optimizer)
    trainer = make_trainer(trainer_class, problem.model, optimizer, problem.loss)
    losses = []
    for _ in range(EPOCHS):
        losses.append(_mean_loss(problem))
        invoke(trainer, "train_epoch", problem.loader)
    losses.append(_mean_loss(problem))
    return Run(truth, flat(problem.model.parameters()), np.array(losses), recorder, problem)


def _mean_loss(problem: problems.Problem) -> float:
    errors = [problem.model(x).data - y.data for x, y in problem.batches]
    return float(np.mean(np.square(errors)))


def _xor(trainer_class: Any) -> tuple[int, int]:
    """Train XOR; return how many samples are classified right, and how many there are."""
    problem = problems.xor(tinystack, np.random.default_rng(2), XOR_BATCHES)
    optimizer = tinystack.AdamW(problem.model.parameters(), lr=XOR_RATE, weight_decay=0.0)
    trainer = make_trainer(trainer_class, problem.model, optimizer, problem.loss)
    for _ in range(XOR_EPOCHS):
        invoke(trainer, "train_epoch", problem.loader)
    right = [problem.model(x).data.argmax(axis=1) == y.data for x, y in problem.batches]
    return int(np.sum(right)), int(np.size(right))


def _between(run: Run) -> Finding | None:
    """Nothing but optimizer.step() changes a parameter."""
    rows = run.recorder.rows
    ends = [np.zeros(run.found.size), *(after for _, _, after, _ in rows)]
    starts = [*(before for _, before, _, _ in rows), run.found]
    moved = [
        u
        for u, (end, start) in enumerate(zip(ends, starts, strict=True))
        if not np.array_equal(end, start, equal_nan=True)
    ]
    if not moved:
        return None
    change = float(np.abs(starts[moved[0]] - ends[moved[0]]).max())
    saw = f"parameters changed by up to {change:.3g} between update {moved[0]} and the next"
    bug = "something else than optimizer.step() changes the parameters"
    look = "Trainer.train_epoch: every line that assigns to a parameter's .data, or loads a state"
    return Finding(saw, bug, "no change outside optimizer.step()", look, run.picture)


def _weights(run: Run) -> Finding | None:
    error = float(np.abs(run.found - run.truth).max())
    if error <= WEIGHT_TOLERANCE and run.losses[-1] <= LOSS_LIMIT:
        return None
    saw = f"found {_vector(run.found)}, loss {run.losses[-1]:.3g} after {EPOCHS} epochs"
    expected = f"weights and bias {_vector(run.truth)}, loss below {LOSS_LIMIT:g}"
    bug, look = _cause(run)
    return Finding(saw, bug, expected, look, run.picture)


def _cause(run: Run) -> tuple[str, str]:
    rows = run.recorder.rows
    if len(rows) != BATCHES * EPOCHS:
        return f"{len(rows)} updates were made for {BATCHES * EPOCHS} batches", ORDER_FIRST
    if any(rate != RATE for _, _, _, rate in rows):
        return (
            "the learning rate changes though there is no scheduler",
            "Trainer: every line that assigns optimizer.lr",
        )
    wrong = _wrong_gradients(run)
    if wrong.any():
        bug = f"{int(wrong.sum())} of {len(rows)} updates do not use the gradient of their batch"
        return bug, LOOK + "; selfcheck.zero_grad(Trainer) tells more"
    return "the parameters do not follow the gradient", LOOK


def _wrong_gradients(run: Run) -> NDArray[np.bool_]:
    """Which updates did not use the gradient of their batch's mean squared error, 2 X'(Xw + b - y) / n."""
    wrong = []
    for u, (used, before, _, _) in enumerate(run.recorder.rows):
        inputs, targets = (t.data for t in run.problem.batches[u % BATCHES])
        padded = np.hstack([inputs, np.ones((len(inputs), 1))])
        gradient = 2.0 * padded.T @ (padded @ before - targets[:, 0]) / len(inputs)
        wrong.append(not np.allclose(used, gradient, rtol=1e-6, atol=1e-9))
    return np.array(wrong, dtype=bool)


def _classes(run: Run, right: int, samples: int) -> Finding | None:
    if right == samples:
        return None
    saw = f"{right} of {samples} XOR samples right after {XOR_EPOCHS} epochs of AdamW (regression: right)"
    bug = "a classification is not learned"
    look = "Trainer.train_epoch: anything that fits one kind of model, loss or optimizer only"
    return Finding(saw, bug, f"{samples} of {samples}", look, run.picture)


def _passed(run: Run, right: int, samples: int) -> Finding:
    saw = f"weights and bias found: {_vector(run.found)}; {right} of {samples} XOR samples right with AdamW"
    return Finding(saw, picture=run.picture)


def _vector(values: Array) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in values) + ")"
