"""Activation functions: layers without parameters, applied element by element to any shape."""

from __future__ import annotations

import numpy as np

from .module import Module
from .tensor import Tensor, record


class ReLU(Module):
    """max(x, 0). The gradient at 0 is taken to be 0."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0), in the shape of `x`."""
        data = x.data
        return record(np.maximum(data, 0.0), (x, lambda g: g * (data > 0.0)))


class Tanh(Module):
    """The hyperbolic tangent; its derivative is 1 - tanh(x)^2."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x), in the shape of `x`."""
        y = np.tanh(x.data)
        return record(y, (x, lambda g: g * (1.0 - y * y)))


class Sigmoid(Module):
    """1 / (1 + exp(-x)); its derivative is s(x) (1 - s(x)).

    For negative x it is computed as exp(x) / (1 + exp(x)), so that no exponential overflows.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + exp(-x)), in the shape of `x`."""
        decay = np.exp(-np.abs(x.data))
        y = np.where(x.data >= 0.0, 1.0, decay) / (1.0 + decay)
        return record(y, (x, lambda g: g * y * (1.0 - y)))
