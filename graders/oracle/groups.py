"""Gradient accumulation: an update uses the mean of the gradients of the k batches in its group.

For a mean loss and batches of equal size this is the gradient of one batch k times as large: the mean
of means over equal parts is the mean over the whole.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def weights(batches: int, size: int) -> Array:
    """Return the weight of each batch (column) in each update of an epoch (row): 1 / size in its own group.

    A short last group is an update of its own; it, too, is divided by `size`.
    """
    groups = range(0, batches, size)
    table = np.zeros((len(groups), batches))
    for row, start in enumerate(groups):
        table[row, start : start + size] = 1.0 / size
    return table
