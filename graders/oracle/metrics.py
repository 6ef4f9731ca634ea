"""Accuracy of a classifier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def accuracy(scores: Sequence[Array], labels: Sequence[NDArray[np.integer]]) -> float:
    """Return hits / samples over all batches; a hit: the label has the largest score of its row."""
    hits = sum(
        int(np.argmax(row) == label)
        for s, y in zip(scores, labels, strict=True)
        for row, label in zip(s, y, strict=True)
    )
    return hits / sum(len(y) for y in labels)
