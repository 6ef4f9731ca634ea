"""A regression finds the true weights and bias; a classification that no line separates is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import Recorder, flat
from tinystack.selfcheck.checks.footprints import ORDER_FIRST, Array
from tinystack.selfcheck.pictures import LossCurve, Picture
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer
from tinystack.selfcheck.trajectory import Trajectory

BATCHES, EPOCHS, RATE = 4, 30, 0.07
"""120 updates, of which each brings the error down to 0.93 or less of what it was: 1e-5 in the end."""

WEIGHT_TOLERANCE = 1e-4
LOSS_LIMIT = 1e-6

XOR_BATCHES, XOR_EPOCHS, XOR_RATE = 8, 60, 0.03
"""On this seed every sample is right after 20 epochs."""

LINE_POINTS = (np.array([-0.6, 1.2, 0.4, 1.8]), np.array([-0.2, 0.9, 1.5, -1.0]))
"""Two batches of points x; their mean is not 0, so that weight and bias pull at each other."""

LINE_TRUTH, LINE_EPOCHS, LINE_RATE = (0.5, -0.3), 12, 0.12
"""A line y = 0.5 x - 0.3, of which both numbers are learned from zero."""

LOOK = "Trainer.train_epoch: what happens between the loss and optimizer.step(), for every batch"


@dataclass(frozen=True)
class Run:
    """A regression run: the losses by epoch, computed here, and what each update did."""

    truth: Array
    found: Array
    losses: Array
    recorder: Recorder
    problem: problems.Problem

    way: Trajectory | None

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The loss curve, with what was learned, and the way of two parameters."""
        learned = f"found {_vector(self.found)}, true {_vector(self.truth)}"
        curve = LossCurve(self.losses, _expected_losses(self.problem), LOSS_LIMIT, learned)
        return (curve,) if self.way is None else (curve, self.way)


def examine(trainer_class: Any) -> Finding:
    """Train a regression without noise from zero, with SGD; then XOR with AdamW."""
    run = _regression(trainer_class)
    right, samples = _xor(trainer_class)
    finding = _between(run) or _weights(run) or _way(run) or _classes(run, right, samples)
    return finding or _passed(run, right, samples)


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
    way = _line(trainer_class)
    return Run(truth, flat(problem.model.parameters()), np.array(losses), recorder, problem, way)


def _mean_loss(problem: problems.Problem) -> float:
    errors = [problem.model(x).data - y.data for x, y in problem.batches]
    return float(np.mean(np.square(errors)))


def _descent(
    batches: Sequence[tuple[Array, Array]], size: int, rate: float, epochs: int
) -> list[list[Array]]:
    """Weights and bias after each batch of each epoch, from zero, for mean squared errors.

    The closed form of one update: with A = I - 2 rate X'X / n it is A w + 2 rate X'y / n.
    """
    padded = [np.hstack([x, np.ones((len(x), 1))]) for x, _ in batches]
    pulls = [2.0 * rate * x.T @ y.ravel() / len(x) for x, (_, y) in zip(padded, batches, strict=True)]
    maps = [np.eye(size) - 2.0 * rate * x.T @ x / len(x) for x in padded]
    found, w = [], np.zeros(size)
    for _ in range(epochs):
        found.append([w := a @ w + pull for a, pull in zip(maps, pulls, strict=True)])
    return found


def _arrays(problem: problems.Problem) -> list[tuple[Array, Array]]:
    return [(x.data, y.data) for x, y in problem.batches]


def _expected_losses(problem: problems.Problem) -> Array:
    """The loss before, and after each epoch, of gradient descent on the same batches."""
    batches = _arrays(problem)
    ways = _descent(batches, batches[0][0].shape[1] + 1, RATE, EPOCHS)
    states = [np.zeros(len(ways[0][0])), *(epoch[-1] for epoch in ways)]
    return np.array([_squared_error(batches, state) for state in states])


def _squared_error(batches: Sequence[tuple[Array, Array]], w: Array) -> float:
    return float(np.mean([np.square(x @ w[:-1] + w[-1] - y.ravel()) for x, y in batches]))


def _line(trainer_class: Any) -> Trajectory | None:
    """Fit a line, from zero; None where there is no update to show."""
    data = [(x[:, None], LINE_TRUTH[0] * x[:, None] + LINE_TRUTH[1]) for x in LINE_POINTS]
    batches = [(tinystack.Tensor(x), tinystack.Tensor(y)) for x, y in data]
    model = tinystack.Linear(1, 1)
    problems.draw_parameters(model, np.random.default_rng(0), scale=0.0)
    optimizer = tinystack.SGD(model.parameters(), lr=LINE_RATE)
    recorder = Recorder(optimizer)
    trainer = make_trainer(trainer_class, model, optimizer, tinystack.MSELoss())
    for _ in range(LINE_EPOCHS):
        invoke(trainer, "train_epoch", problems.Loader(batches))
    if not recorder.rows:
        return None
    path = np.array([np.zeros(2), *(after for _, _, after, _ in recorder.rows)])
    expected = [w for epoch in _descent(data, 2, LINE_RATE, LINE_EPOCHS) for w in epoch]
    padded = np.vstack([np.hstack([x, np.ones((len(x), 1))]) for x, _ in data])
    curvature = 2.0 * padded.T @ padded / len(padded)
    return Trajectory(path, np.array([np.zeros(2), *expected]), np.array(LINE_TRUTH), curvature)


def _way(run: Run) -> Finding | None:
    """The two parameters of a line go where gradient descent goes, update by update."""
    off = None if run.way is None else run.way.first_off()
    if run.way is None or off is None:
        return None
    path, expected = run.way.path, run.way.expected
    if off == min(len(path), len(expected)):
        saw, wanted = f"{len(path) - 1} updates for a line", f"{len(expected) - 1} updates"
    else:
        saw = f"weight and bias of a line are {_vector(path[off])} after update {off}"
        wanted = _vector(expected[off])
    bug = "the parameters do not follow the gradient"
    return Finding(saw, bug, wanted, LOOK, run.pictures, after=("orchestration", "zero_grad"))


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
    return Finding(saw, bug, "no change outside optimizer.step()", look, run.pictures)


def _weights(run: Run) -> Finding | None:
    error = float(np.abs(run.found - run.truth).max())
    if error <= WEIGHT_TOLERANCE and run.losses[-1] <= LOSS_LIMIT:
        return None
    saw = f"found {_vector(run.found)}, loss {run.losses[-1]:.3g} after {EPOCHS} epochs"
    expected = f"weights and bias {_vector(run.truth)}, loss below {LOSS_LIMIT:g}"
    bug, look = _cause(run)
    return Finding(saw, bug, expected, look, run.pictures, after=("orchestration", "zero_grad"))


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
    return Finding(saw, bug, f"{samples} of {samples}", look, run.pictures)


def _passed(run: Run, right: int, samples: int) -> Finding:
    saw = f"weights and bias found: {_vector(run.found)}; {right} of {samples} XOR samples right with AdamW"
    return Finding(saw, pictures=run.pictures)


def _vector(values: Array) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in values) + ")"
