"""Gradient clipping by the global norm: Pascanu, Mikolov and Bengio (2013), section 3.2, algorithm 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def global_norm(gradients: Sequence[Array | None]) -> float:
    """Return the root of the sum of all squares in all gradients; missing ones add nothing."""
    return math.sqrt(math.fsum(float(x) ** 2 for g in gradients if g is not None for x in np.ravel(g)))


def clip(gradients: Sequence[Array | None], max_norm: float) -> list[Array | None]:
    """Return the gradients, times max_norm / norm where their norm is larger than max_norm."""
    norm = global_norm(gradients)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [None if g is None else g * factor for g in gradients]
