"""Reading footprints: which update used which batches, and how heavily.

The experiments give a linear model batches of which each touches one weight of its own (and the bias). So the
gradient that an update used, divided by the footprints, is a row of weights: one column per batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from graders.criteria.base import agree
from graders.evidence import Array, PartEvidence, Unusable

TRACE = 1e-6
"""Weights below this are rounding: a batch either counts by a simple fraction or not at all."""

KEPT_USAGES = 64
"""Of the last parts that were read: several checks look at one, and all compare it with the reference's."""


@dataclass(frozen=True)
class Usage:
    """weights[i, j]: how heavily update i used batch j. bias: the gradient of the bias at each update.

    leftover_bias: how much of that gradient the batches of the update do not account for.
    """

    weights: Array
    bias: Array
    leftover_bias: Array

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def _batches(self) -> list[list[int]]:
        return [np.flatnonzero(row).tolist() for row in np.abs(self.weights) > TRACE]

    def batches(self, update: int) -> list[int]:
        """Indices of the batches that an update used."""
        return self._batches[update]

    def without_empty_updates(self) -> Usage:
        """The updates that used any gradient at all."""
        used = [i for i in range(len(self)) if self.batches(i)]
        return Usage(self.weights[used], self.bias[used], self.leftover_bias[used])

    def describe(self, update: int) -> str:
        """Say which batches an update used, counted from 1, and how heavily."""
        used = self.batches(update)
        if not used:
            return f"update {update + 1} used no gradient at all"
        parts = [f"batch {j + 1} (weight {self.weights[update, j]:.3g})" for j in used]
        return f"update {update + 1} used " + " and ".join(parts)


@lru_cache(KEPT_USAGES)
def usage(seen: PartEvidence, truth: PartEvidence) -> Usage:
    """Read the usage of batches from the recorded gradients; the footprints themselves come from the truth.

    Raises:
        Unusable: the recorded gradients are missing, not finite or of the wrong shape.
    """
    footprints = truth.array("footprints")
    gradients = recorded_gradients(seen, len(footprints) + 1)
    _check_steps(seen, gradients)
    weights = gradients[:, : len(footprints)] / footprints
    return Usage(weights, gradients[:, -1], gradients[:, -1] - weights @ footprints)


def _check_steps(seen: PartEvidence, gradients: Array) -> None:
    """Each step must be one of plain SGD: the rate times the gradient, from the parameters before it."""
    rates = seen.array("rates")
    if rates.shape != gradients.shape[:1]:
        raise Unusable(f"{len(rates)} rates were recorded for {len(gradients)} updates")
    if len(rates) and not agree(moved(seen), -rates[:, None] * gradients, TRACE):
        raise Unusable("the recorded steps are not those of the optimizer")


def recorded_gradients(seen: PartEvidence, columns: int, recorder: str = "") -> Array:
    """Return the gradient of each update as a row, with none at all as a matrix of no rows.

    recorder: the name under which the optimizer was watched.
    """
    gradients = seen.array(f"{recorder}gradients")
    if gradients.size == 0:
        return np.zeros((0, columns))
    if gradients.ndim != 2 or gradients.shape[1] != columns or not np.all(np.isfinite(gradients)):
        raise Unusable(
            f"the recorded gradients have the shape {gradients.shape}, or entries that are no finite numbers"
        )
    return gradients


def moved(seen: PartEvidence) -> Array:
    """Return how far each update moved the parameters, a row per update."""
    before, after = seen.array("before"), seen.array("after")
    if (
        before.shape != after.shape
        or before.ndim != 2
        or not (np.all(np.isfinite(before)) and np.all(np.isfinite(after)))
    ):
        raise Unusable("the recorded parameters do not fit together, or are not finite")
    return after - before


def propagated(seen: PartEvidence) -> bool:
    """Whether the loss of any batch was ever propagated back.

    A hint only, from the gradients that reached the batches' inputs.
    """
    sizes = seen.observed.get("propagated")
    return isinstance(sizes, np.ndarray) and bool(np.any(sizes != 0.0))
