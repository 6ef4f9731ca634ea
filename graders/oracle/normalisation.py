"""Batch normalisation: Ioffe and Szegedy, "Batch Normalization" (2015), algorithms 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EPSILON = 1e-5
"""Added to a variance before its root is taken; the stack's value."""

MOMENTUM = 0.1
"""Share by which a batch moves the running statistics; the stack's value."""


@dataclass(frozen=True)
class RunningStatistics:
    """Mean and variance of each feature, as far as training has seen them."""

    mean: Array
    variance: Array

    def after(self, batch: Array, momentum: float = MOMENTUM) -> RunningStatistics:
        """Return the statistics after one training batch: running = (1 - momentum) running + momentum batch.

        The batch's variance is the unbiased one, divided by N - 1 (Ioffe and Szegedy, section 3.1).
        """
        mean = (1.0 - momentum) * self.mean + momentum * np.mean(batch, axis=0)
        variance = (1.0 - momentum) * self.variance + momentum * np.var(batch, axis=0, ddof=1)
        return RunningStatistics(mean, variance)

    def normalise(self, batch: Array) -> Array:
        """Return (x - running mean) / sqrt(running variance + epsilon): evaluation mode."""
        return (batch - self.mean) / np.sqrt(self.variance + EPSILON)


def normalise_by_batch(batch: Array) -> Array:
    """Return (x - mean) / sqrt(variance + epsilon), by mean and biased variance of the batch."""
    normal: Array = (batch - np.mean(batch, axis=0)) / np.sqrt(np.var(batch, axis=0) + EPSILON)
    return normal


def scale_and_shift(normal: Array, gamma: Array, beta: Array) -> Array:
    """Return gamma x + beta, feature by feature."""
    return gamma * normal + beta


def scale_and_shift_gradients(normal: Array, output_gradient: Array) -> tuple[Array, Array]:
    """Return dL/dgamma = sum over rows of G x, and dL/dbeta = sum over rows of G."""
    return np.sum(output_gradient * normal, axis=0), np.sum(output_gradient, axis=0)
