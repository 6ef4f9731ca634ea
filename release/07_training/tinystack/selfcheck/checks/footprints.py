"""Runs on batches that leave footprints: which batches are in the gradient of an update, and how heavy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import Recorder
from tinystack.selfcheck.pictures import Picture, UsageMap
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer, number
from tinystack.selfcheck.timeline import Log, Timeline, updates, watching

Array = NDArray[np.float64]

WEIGHTS = (0.4, -0.3, 0.5, -0.2, 0.35)
"""How heavy each batch is: small, so that a clip at 1 leaves the gradients alone, and no two alike."""

SHARE_TOLERANCE = 1e-6
"""Shares are products of a few float64 numbers; the smallest mistake is a share of 0.1."""

LOSS_TOLERANCE = 1e-6
"""A mean of a few numbers of size 0.1; float32 is allowed."""

RATE = 0.1

ORDER_FIRST = "the training loop first: selfcheck.orchestration(Trainer)"


@dataclass
class Run:
    """A trainer that has trained, and everything that its updates used."""

    weights: Array
    trainer: Any
    recorder: Recorder
    log: Log
    group: int = 1
    returned: list[Any] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    epochs: list[Any] = field(default_factory=list)

    def loss(self) -> float:
        """What the first epoch returned; the check stops if it is no number."""
        return number(
            self.returned[0], "the loss that train_epoch() returned", "Trainer.train_epoch, the `return` line"
        )

    @property
    def gradients(self) -> Array:
        """What each update used: one row per update."""
        return np.array([row[0] for row in self.recorder.rows]).reshape(-1, len(self.weights) + 1)

    @property
    def shares(self) -> Array:
        """How often each batch is in each update: one row per update, one column per batch."""
        return self.gradients[:, :-1] / self.weights

    def batch_losses(self, update_of: list[int], moment: int = 1) -> Array:
        """The loss of each batch with the parameters before (1) or after (2) the update that it went into.

        A batch touches one weight and the bias, by its own weight h: its loss is h (w + b).
        """
        states = [(row[1], row[2])[moment - 1] for row in (self.recorder.rows[u] for u in update_of)]
        return np.array(
            [h * (p[j] + p[-1]) for j, (h, p) in enumerate(zip(self.weights, states, strict=True))]
        )


def train(
    trainer_class: Any,
    epochs: int,
    weights: tuple[float, ...] = WEIGHTS,
    limit: float | None = None,
    **options: Any,
) -> Run:
    """Train some epochs with plain SGD, each on a generator that can be walked only once."""
    problem = problems.footprints(tinystack, np.array(weights))
    problems.draw_parameters(problem.model, np.random.default_rng(7))
    optimizer = tinystack.SGD(problem.model.parameters(), lr=RATE)
    recorder = Recorder(optimizer)
    limits = {} if limit is None else {"grad_clip_norm": limit}
    log = Log(problem.model.parameters, partial(_batch_of, count=len(weights)))
    with watching(log, problem.model, optimizer):
        trainer = make_trainer(trainer_class, problem.model, optimizer, problem.loss, **limits)
        run = Run(np.array(weights), trainer, recorder, log, options.get("accumulation_steps", 1))
        for _ in range(epochs):
            _epoch(run, problem, options)
    return run


def _batch_of(inputs: Any, count: int) -> int | None:
    """Return the number of a batch, from 1, by its inputs: a batch touches one weight."""
    touched = np.flatnonzero(np.any(np.atleast_2d(getattr(inputs, "data", np.zeros(0))), axis=0))
    return int(touched[0]) + 1 if touched.size == 1 and touched[0] < count else None


def _epoch(run: Run, problem: problems.Problem, options: dict[str, Any]) -> None:
    run.log.begin_epoch()
    run.returned.append(invoke(run.trainer, "train_epoch", problem.stream(), **options))
    run.updates.append(len(run.recorder.rows) - sum(run.updates))
    run.steps.append(getattr(run.trainer, "step", None))
    run.epochs.append(getattr(run.trainer, "epoch", None))


def close(a: Any, b: Any, tolerance: float = SHARE_TOLERANCE) -> bool:
    """Whether two arrays have one shape and are equal up to a tolerance; never with NaN."""
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(np.asarray(a) - np.asarray(b)) <= tolerance))


def usage(run: Run, wrong: NDArray[np.bool_] | None = None) -> tuple[Picture, ...]:
    """The pictures of a run: its calls, and which batches each update used if the wrong ones are known."""
    timeline = Timeline(updates(run.log, len(run.weights), run.group))
    if wrong is None or not len(run.shares):
        return (timeline,)
    names = [f"epoch {e}, update {u}" for e, count in enumerate(run.updates, 1) for u in range(1, count + 1)]
    return UsageMap(run.shares, wrong, tuple(names)), timeline


def usage_against(run: Run, expected: Array) -> tuple[Picture, ...]:
    """The pictures of a run, marked where it differs from the shares expected."""
    return usage(run, ~(np.abs(run.shares - expected) <= SHARE_TOLERANCE))


def contents(row: Array) -> str:
    """Say in words which batches one update used."""
    parts = [
        f"batch {j + 1}" + ("" if abs(s - 1) < SHARE_TOLERANCE else f" ({s:.3g} times)")
        for j, s in enumerate(row)
        if abs(s) > SHARE_TOLERANCE
    ]
    return " and ".join(parts) or "no batch at all (a zero gradient)"


def wrong_count(run: Run, per_epoch: int) -> Finding | None:
    """Say that the number of updates does not allow any further check."""
    if all(count == per_epoch for count in run.updates):
        return None
    epoch, made = next((e, count) for e, count in enumerate(run.updates, start=1) if count != per_epoch)
    saw = f"{made} updates in epoch {epoch}, of {len(run.weights)} batches"
    bug = f"the training loop makes {made} updates, so this point cannot be checked yet"
    return Finding(saw, bug, f"{per_epoch} updates", ORDER_FIRST, usage(run), after=("orchestration",))
