"""Learning rate schedules."""

from __future__ import annotations

import math


def cosine(epoch: int, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100) -> float:
    """Return min_lr + (max_lr - min_lr)(1 + cos(pi e / total_epochs)) / 2, and min_lr from total_epochs on.

    Source: Loshchilov and Hutter, "SGDR" (2017), section 3, equation 5, for one period.
    """
    share = min(epoch / total_epochs, 1.0)
    return min_lr + (max_lr - min_lr) * (1.0 + math.cos(math.pi * share)) / 2.0
