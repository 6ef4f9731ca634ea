"""Whole runs: what a correct training loop computes, from the parameters it starts with and its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .models import Parameters
from .optimizers import UpdateRule

Array = NDArray[np.float64]
Batch = tuple[Any, Any]
LossAndGradients = Callable[[Parameters, Batch], tuple[float, Parameters]]
State = TypeVar("State")


@dataclass(frozen=True)
class Run:
    """gradients, before, after: a row per update, parameters as one vector. losses: the mean per epoch."""

    gradients: Array
    before: Array
    after: Array
    losses: Array

    def __len__(self) -> int:
        return len(self.after)


def flat(parameters: Parameters) -> Array:
    """Return all parameters as one vector."""
    return np.concatenate([p.ravel() for p in parameters])


def run(
    start: Parameters,
    epochs: Sequence[Sequence[Batch]],
    loss_and_gradients: LossAndGradients,
    rule: UpdateRule[State],
    rates: Sequence[float],
) -> Run:
    """Train: one update per batch, at the rate of its epoch; losses are measured before their own update."""
    parameters, state, rows, losses = start, rule.start(start), [], []
    for batches, rate in zip(epochs, rates, strict=True):
        seen = []
        for batch in batches:
            loss, gradients = loss_and_gradients(parameters, batch)
            before = parameters
            parameters, state = rule.update(parameters, gradients, rate, state)
            rows.append((flat(gradients), flat(before), flat(parameters)))
            seen.append(loss)
        losses.append(sum(seen) / len(seen))
    gradients_, before_, after_ = (np.array(column) for column in zip(*rows, strict=True))
    return Run(gradients_, before_, after_, np.array(losses))
