"""Mean losses of a batch, each with its gradient with respect to the predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def mean_squared_error(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Return L = sum((p - t)^2) / n over all n elements, and dL/dp = 2 (p - t) / n.

    Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 5.1.4, equation 5.5.
    """
    residuals = predictions - targets
    return float(np.mean(residuals**2)), 2.0 * residuals / residuals.size


def softmax(logits: Array) -> Array:
    """Return exp(z_c) / sum_k exp(z_k) for each row. The largest logit is taken off first (it cancels)."""
    exponentials: Array = np.exp(logits - np.max(logits, axis=1)[:, None])
    shares: Array = exponentials / np.sum(exponentials, axis=1)[:, None]
    return shares


def softmax_cross_entropy(logits: Array, labels: NDArray[np.integer]) -> tuple[float, Array]:
    """Return L = -(1/N) sum_n log softmax(z_n)[y_n], and dL/dz = (softmax(z) - onehot(y)) / N.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4, equations 4.108 and 4.109.
    """
    probabilities = softmax(logits)
    one_hot = np.eye(logits.shape[1])[labels]
    loss = -np.mean(np.log(np.sum(probabilities * one_hot, axis=1)))
    return float(loss), (probabilities - one_hot) / len(labels)


def mean_product(predictions: Array, targets: Array) -> tuple[float, Array]:
    """Return L = sum(p t) / n over all n elements, and dL/dp = t / n, which does not depend on p."""
    return float(np.mean(predictions * targets)), targets / targets.size
