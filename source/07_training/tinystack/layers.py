"""Layers with parameters or a mode, and the sequence of layers."""

from __future__ import annotations

import math

import numpy as np

from .graph import Array, Pullback
from .module import Module
from .tensor import Tensor, record

__all__ = ["BatchNorm", "Dropout", "Linear", "Module", "Sequential"]


class Linear(Module):
    """x @ weight + bias, for x of shape (..., in_features).

    `weight` has shape (in_features, out_features), `bias` (out_features,) or is None. Weights start uniform
    on +-sqrt(6 / (in_features + out_features)) (Glorot and Bengio 2010, equation 16), biases at 0. They are
    drawn from `rng`, or from a generator made from `seed`, or differently each time.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
        seed: int | None = None,
    ) -> None:
        if rng is not None and seed is not None:
            raise ValueError("Linear takes an rng or a seed, not both")
        self.in_features, self.out_features = in_features, out_features
        generator = np.random.default_rng(seed if rng is None else rng)
        limit = math.sqrt(6.0 / (in_features + out_features))
        weight = generator.uniform(-limit, limit, (in_features, out_features))
        self.weight = Tensor(weight, requires_grad=True)
        self.bias = Tensor(np.zeros(out_features), requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs, of shape (..., out_features). Raises ValueError if `x` has another width."""
        _check_width("Linear", x, self.in_features)
        if x.data.ndim != 2:
            product = x @ self.weight
            return product if self.bias is None else product + self.bias
        inputs, weight, bias = x.data, self.weight.data, self.bias
        edges = ((x, lambda g: g @ weight.T), (self.weight, lambda g: inputs.T @ g))
        if bias is None:
            return record(inputs @ weight, *edges)
        return record(inputs @ weight + bias.data, *edges, (bias, lambda g: g.sum(axis=0)))


class Dropout(Module):
    """In training mode, set each element to 0 with probability `p` and divide the others by 1 - p.

    The expected value of each element stays what it was, so that evaluation mode returns `x` itself, and
    draws no random numbers. `seed` starts this layer's own generator. Raises ValueError unless 0 <= p < 1.
    Source: Srivastava et al. 2014, section 10, with the scaling moved to training.
    """

    def __init__(self, p: float = 0.5, seed: int | np.random.Generator | None = None) -> None:
        if not 0.0 <= p < 1.0:
            raise ValueError(f"Dropout takes a probability p with 0 <= p < 1, not {p}")
        self.p = p
        self._rng = np.random.default_rng(seed)

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` with elements dropped, in its shape; in evaluation mode `x` itself."""
        if not self._training or self.p == 0.0:
            return x
        scale = (self._rng.random(x.data.shape) >= self.p) / (1.0 - self.p)
        return record(x.data * scale, (x, lambda g: g * scale))


class BatchNorm(Module):
    """Normalise each feature of a batch (N, features), then scale by `gamma` and shift by `beta`.

    In training mode with the mean and the biased variance (divided by N) of the batch; in evaluation mode
    with the running mean and variance. Training moves these by `momentum` towards the batch's mean and
    unbiased variance (divided by N - 1): running = (1 - momentum) running + momentum batch. They start at
    0 and 1. Source: Ioffe and Szegedy 2015, algorithms 1 and 2, with a moving average in place of an
    average over many batches.
    """

    buffer_names = ("running_mean", "running_var")

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        self.features, self.momentum, self.eps = features, momentum, eps
        self.gamma = Tensor(np.ones(features), requires_grad=True)
        self.beta = Tensor(np.zeros(features), requires_grad=True)
        self.running_mean: Array = np.zeros(features)
        self.running_var: Array = np.ones(features)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised batch, of shape (N, features).

        Raises ValueError for any other shape, and in training mode for N = 1, which has no variance.
        """
        _check_width("BatchNorm", x, self.features)
        if x.data.ndim != 2:
            raise ValueError(f"BatchNorm takes inputs of shape (N, {self.features}), not {x.shape}")
        return self._normalise_by_batch(x) if self._training else self._normalise_by_history(x)

    def _normalise_by_batch(self, x: Tensor) -> Tensor:
        n = len(x.data)
        if n < 2:
            raise ValueError(f"BatchNorm needs a batch of at least 2 samples to train on, not {n}")
        mean = x.data.sum(axis=0) / n
        centred = x.data - mean
        var = (centred * centred).sum(axis=0) / n
        self._update_history(mean, var * n / (n - 1))
        inv_std = 1.0 / np.sqrt(var + self.eps)
        normal = centred * inv_std
        scale = self.gamma.data * inv_std

        def pull_x(g: Array) -> Array:
            # Mean and variance depend on x as well: their share is taken off.
            gradient: Array = scale * (g - g.sum(axis=0) / n - normal * ((g * normal).sum(axis=0) / n))
            return gradient

        return self._scale_and_shift(x, normal, pull_x)

    def _normalise_by_history(self, x: Tensor) -> Tensor:
        inv_std = 1.0 / np.sqrt(self.running_var + self.eps)
        scale = self.gamma.data * inv_std
        return self._scale_and_shift(x, (x.data - self.running_mean) * inv_std, lambda g: g * scale)

    def _scale_and_shift(self, x: Tensor, normal: Array, pull_x: Pullback) -> Tensor:
        return record(
            self.gamma.data * normal + self.beta.data,
            (x, pull_x),
            (self.gamma, lambda g: (g * normal).sum(axis=0)),
            (self.beta, lambda g: g.sum(axis=0)),
        )

    def _update_history(self, mean: Array, var: Array) -> None:
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (var - self.running_var)


class Sequential(Module):
    """Layers applied one after the other. Raises TypeError if one of them is not a Module."""

    def __init__(self, *layers: Module) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"Sequential takes layers, but argument {i} is a {type(layer).__name__}")
        self.layers = list(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x


def _check_width(layer: str, x: Tensor, width: int) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"{layer} takes a Tensor, not a {type(x).__name__}")
    if x.data.shape[-1:] != (width,):
        raise ValueError(f"{layer} takes inputs with {width} features in the last axis, not shape {x.shape}")
