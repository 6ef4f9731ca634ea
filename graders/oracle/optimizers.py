"""Optimizers as update rules from parameters, gradients, rate and state to parameters and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .models import Parameters

Array = NDArray[np.float64]
State = TypeVar("State")


class UpdateRule(Protocol[State]):
    """What `training.run` asks of an optimizer."""

    def start(self, parameters: Parameters) -> State:
        """Return the state before the first update."""

    def update(
        self, parameters: Parameters, gradients: Parameters, rate: float, state: State
    ) -> tuple[Parameters, State]:
        """Return parameters and state after one update."""


@dataclass(frozen=True)
class SGD:
    """v = momentum v + g + weight_decay p;   p = p - rate v;   v is 0 at first.

    Source: Polyak (1964), in the form of Sutskever et al., "On the importance of initialization and momentum
    in deep learning" (2013), section 2, with the rate outside of v, and an L2 penalty in the gradient.
    """

    momentum: float = 0.0
    weight_decay: float = 0.0

    def start(self, parameters: Parameters) -> Parameters:
        """Return velocities of 0."""
        return tuple(np.zeros_like(p) for p in parameters)

    def update(
        self, parameters: Parameters, gradients: Parameters, rate: float, state: Parameters
    ) -> tuple[Parameters, Parameters]:
        """Return parameters and velocities after one update."""
        velocities = tuple(
            self.momentum * v + (g + self.weight_decay * p)
            for p, g, v in zip(parameters, gradients, state, strict=True)
        )
        return tuple(p - rate * v for p, v in zip(parameters, velocities, strict=True)), velocities


@dataclass(frozen=True)
class Moments:
    """State of AdamW: first and second moments of the gradients, and the number of updates."""

    first: Parameters
    second: Parameters
    count: int


@dataclass(frozen=True)
class AdamW:
    """Adam with decoupled weight decay: Loshchilov and Hutter (2019), algorithm 2; the rate is eta and alpha.

    m = b1 m + (1 - b1) g;   v = b2 v + (1 - b2) g^2;   p = p - rate (m' / (sqrt(v') + eps) + weight_decay p)
    with m' = m / (1 - b1^t) and v' = v / (1 - b2^t) at the t-th update, t from 1.
    """

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01

    def start(self, parameters: Parameters) -> Moments:
        """Return moments of 0, before any update."""
        zeros = tuple(np.zeros_like(p) for p in parameters)
        return Moments(zeros, zeros, 0)

    def update(
        self, parameters: Parameters, gradients: Parameters, rate: float, state: Moments
    ) -> tuple[Parameters, Moments]:
        """Return parameters and moments after one update."""
        one, two = self.betas
        first = tuple(one * m + (1.0 - one) * g for m, g in zip(state.first, gradients, strict=True))
        second = tuple(two * v + (1.0 - two) * g**2 for v, g in zip(state.second, gradients, strict=True))
        moments = Moments(first, second, state.count + 1)
        moved = tuple(p - rate * self._direction(p, i, moments) for i, p in enumerate(parameters))
        return moved, moments

    def _direction(self, parameter: Array, index: int, moments: Moments) -> Array:
        one, two = self.betas
        first = moments.first[index] / (1.0 - one**moments.count)
        second = moments.second[index] / (1.0 - two**moments.count)
        direction: Array = first / (np.sqrt(second) + self.eps) + self.weight_decay * parameter
        return direction
