"""Losses: one number for a batch, and its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .graph import Array
from .tensor import Tensor, record


class Loss:
    """A loss: define `forward(pred, target)` and call the object. Nothing is remembered between calls."""

    def __call__(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return `forward(pred, target)`."""
        return self.forward(pred, target)

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss of the batch, a scalar Tensor."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(pred, target)")


class MSELoss(Loss):
    """The mean, over all elements, of (pred - target)^2."""

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error, a scalar Tensor, for `pred` and `target` of one shape.

        Raises TypeError if either is not a Tensor, ValueError if the shapes differ: (N, 1) against (N,)
        would broadcast to (N, N).
        """
        _check_tensors("MSELoss", pred, target)
        if pred.data.shape != target.data.shape:
            raise ValueError(f"MSELoss takes equal shapes, not pred {pred.shape} and target {target.shape}")
        difference = pred.data - target.data
        size = difference.size
        return record(
            (difference * difference).sum() / size,
            (pred, lambda g: g * 2.0 / size * difference),
            (target, lambda g: g * -2.0 / size * difference),
        )


class CrossEntropyLoss(Loss):
    """The mean, over the batch, of -log softmax(logits)[class].

    `pred` holds logits of shape (N, C). `target` holds class indices 0..C-1 of shape (N,), of integer or
    float dtype, or one-hot rows (N, C), or any other weights per class, which enter as
    -sum(target * log softmax(pred)). The largest logit of each row is subtracted first, so that no
    exponential overflows (log-sum-exp). No gradient flows to the target.
    """

    def forward(self, pred: Tensor, target: Tensor) -> Tensor:
        """Return the mean cross-entropy, a scalar Tensor.

        Raises TypeError if either is not a Tensor; ValueError if `pred` is not (N, C), the target's shape
        fits neither form, or an index is not a whole number in 0..C-1.
        """
        _check_tensors("CrossEntropyLoss", pred, target)
        logits, labels = pred.data, target.data
        if logits.ndim != 2:
            raise ValueError(f"CrossEntropyLoss takes logits of shape (N, C), not {pred.shape}")
        if labels.shape == logits.shape[:1]:
            return _from_indices(pred, _class_indices(labels, logits.shape[1]))
        if labels.shape == logits.shape:
            return _from_weights(pred, labels)
        raise ValueError(
            f"CrossEntropyLoss takes class indices of shape {logits.shape[:1]} or one-hot rows of shape "
            f"{logits.shape} for logits of shape {logits.shape}, not a target of shape {labels.shape}"
        )


def _from_indices(pred: Tensor, indices: npt.NDArray[np.intp]) -> Tensor:
    log_softmax = _log_softmax(pred.data)
    n = len(indices)
    rows = np.arange(n)

    def pull(g: Array) -> Array:
        gradient: Array = np.exp(log_softmax)
        gradient[rows, indices] -= 1.0
        gradient *= g / n
        return gradient

    return record(-log_softmax[rows, indices].sum() / n, (pred, pull))


def _from_weights(pred: Tensor, weights: Array) -> Tensor:
    log_softmax = _log_softmax(pred.data)
    n = len(weights)

    def pull(g: Array) -> Array:
        gradient: Array = np.exp(log_softmax) * weights.sum(axis=1, keepdims=True) - weights
        return gradient * (g / n)

    return record(-(weights * log_softmax).sum() / n, (pred, pull))


def _log_softmax(logits: Array) -> Array:
    shifted: Array = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def _class_indices(labels: npt.NDArray[Any], classes: int) -> npt.NDArray[np.intp]:
    """Return labels as indices. Raises ValueError, naming the first that is none of 0..classes-1."""
    allowed = set(range(classes))
    values = labels.tolist()
    if not allowed.issuperset(values):
        where, label = next((i, label) for i, label in enumerate(values) if label not in allowed)
        raise ValueError(f"class label {label} of sample {where} is not one of 0..{classes - 1}")
    return labels.astype(np.intp)


def _check_tensors(loss: str, pred: Tensor, target: Tensor) -> None:
    for name, value in (("pred", pred), ("target", target)):
        if not isinstance(value, Tensor):
            raise TypeError(f"{loss} takes Tensors, but {name} is a {type(value).__name__}")
