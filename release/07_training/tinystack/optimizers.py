"""Optimizers: how parameters follow their gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from .graph import Array
from .tensor import Tensor

Buffer: TypeAlias = list[Array | None]


class Optimizer:
    """Parameters, a learning rate, and buffers: lists with one array, or None, per parameter.

    `params` is the list of parameters, `lr` may be assigned at any time. `step_count` counts the updates.
    Raises ValueError for no parameters, a parameter given twice, or a negative rate; TypeError for a
    parameter that is not a Tensor.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, buffer_names: tuple[str, ...]) -> None:
        self.params = list(params)
        _check_params(self.params)
        _check_not_negative("lr", lr)
        self.lr = lr
        self.step_count = 0
        self._buffers: dict[str, Buffer] = {name: [None] * len(self.params) for name in buffer_names}

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.params:
            parameter.grad = None

    def step(self) -> None:
        """Update `data` of every parameter in place, from its `grad`.

        Parameters without a gradient, and their buffers, are left as they are; if none has one, the step
        is not counted. Raises TypeError if a gradient is not an ndarray, ValueError if it has another
        shape than its parameter; then nothing was changed.
        """
        updates = []
        for i, parameter in enumerate(self.params):
            gradient = parameter.grad
            if gradient is not None:
                _check_gradient(i, gradient, parameter.data.shape)
                updates.append((i, parameter.data, gradient))
        self.step_count += bool(updates)
        for update in updates:
            self._update(*update)

    def _update(self, i: int, data: Array, gradient: Array) -> None:
        """Change `data`, the array of parameter number `i`, in place."""
        raise NotImplementedError(f"{type(self).__name__} defines no _update")

    def state_dict(self) -> dict[str, Any]:
        """Return the rate, the step count and copies of the buffers, as plain containers and arrays."""
        buffers = {name: [_copy(a) for a in arrays] for name, arrays in self._buffers.items()}
        return {"lr": float(self.lr), "step_count": self.step_count, "buffers": buffers}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the rate, the step count and copies of the buffers that `state_dict` returned.

        Buffers belong to parameters by position. Raises ValueError if `state` comes from another kind of
        optimizer, or for parameters of another number or other shapes; then nothing was changed.
        """
        if set(state) != {"lr", "step_count", "buffers"} or set(state["buffers"]) != set(self._buffers):
            raise ValueError(f"the state is not one of {type(self).__name__}: it has the keys {_keys(state)}")
        for name, arrays in state["buffers"].items():
            self._check_buffer(name, arrays)
        self.lr = float(state["lr"])
        self.step_count = int(state["step_count"])
        self._buffers = {name: [_copy(a) for a in state["buffers"][name]] for name in self._buffers}

    def _check_buffer(self, name: str, arrays: Buffer) -> None:
        if len(arrays) != len(self.params):
            raise ValueError(f"{name!r} holds {len(arrays)} arrays for {len(self.params)} parameters")
        for i, (array, parameter) in enumerate(zip(arrays, self.params, strict=True)):
            if array is not None and np.shape(array) != parameter.shape:
                raise ValueError(
                    f"{name!r} of parameter {i} has shape {np.shape(array)}, the parameter {parameter.shape}"
                )


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and L2 weight decay.

        g = gradient + weight_decay * p;   v = momentum * v + g;   p = p - lr * v,   v = 0 at first

    (Polyak 1964; the rate is outside v, so that a new rate acts at once on the whole step.) Without
    momentum v is g and no buffer is kept. Raises ValueError for a negative momentum or weight decay.
    """

    def __init__(
        self, params: Iterable[Tensor], lr: float = 0.01, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, lr, ("velocity",))
        _check_not_negative("momentum", momentum)
        _check_not_negative("weight_decay", weight_decay)
        self.momentum, self.weight_decay = momentum, weight_decay

    def _update(self, i: int, data: Array, gradient: Array) -> None:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        data -= self.lr * (self._accelerate(i, gradient) if self.momentum else gradient)

    def _accelerate(self, i: int, gradient: Array) -> Array:
        velocities = self._buffers["velocity"]
        velocity = velocities[i]
        if velocity is None:
            velocity = velocities[i] = np.zeros_like(gradient)
        velocity *= self.momentum
        velocity += gradient
        return velocity


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2, with alpha = lr).

        m = b1 * m + (1 - b1) * g;   v = b2 * v + (1 - b2) * g^2,   both 0 at first
        p = p - lr * (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps) + weight_decay * p)

    The decay acts on the parameter alone and does not enter the moments. t is `step_count`, one count for
    all parameters. Raises ValueError for a beta outside [0, 1) or a negative eps or weight decay.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, ("first_moment", "second_moment"))
        if not all(0.0 <= beta < 1.0 for beta in betas):
            raise ValueError(f"betas must lie in [0, 1), not {betas}")
        _check_not_negative("eps", eps)
        _check_not_negative("weight_decay", weight_decay)
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay

    def _update(self, i: int, data: Array, gradient: Array) -> None:
        beta1, beta2 = self.betas
        m = self._follow("first_moment", i, beta1, gradient)
        v = self._follow("second_moment", i, beta2, gradient * gradient)
        m_hat = m / (1.0 - beta1**self.step_count)
        v_hat = v / (1.0 - beta2**self.step_count)
        data -= self.lr * (m_hat / (np.sqrt(v_hat) + self.eps) + self.weight_decay * data)

    def _follow(self, name: str, i: int, beta: float, value: Array) -> Array:
        """Move a running average towards `value`, and return it."""
        averages = self._buffers[name]
        average = averages[i]
        if average is None:
            average = averages[i] = np.zeros_like(value)
        average *= beta
        average += (1.0 - beta) * value
        return average


def _copy(array: Array | None) -> Array | None:
    return None if array is None else np.array(array, dtype=np.float64)


def _keys(state: dict[str, Any]) -> list[str]:
    return sorted(map(str, [*state, *state.get("buffers", ())]))


def _check_params(params: list[Tensor]) -> None:
    if not params:
        raise ValueError("an optimizer needs at least one parameter")
    for i, parameter in enumerate(params):
        if not isinstance(parameter, Tensor):
            raise TypeError(f"parameter {i} is a {type(parameter).__name__}, not a Tensor")
    if len({id(p) for p in params}) != len(params):
        raise ValueError("a parameter was given twice; it would be updated twice in each step")


def _check_gradient(i: int, gradient: Array, shape: tuple[int, ...]) -> None:
    # `data -= lr * gradient` would bind a new object, and update nothing, if the gradient were a Tensor.
    if not isinstance(gradient, (np.ndarray, np.number)):
        raise TypeError(f"the gradient of parameter {i} is a {type(gradient).__name__}, not an ndarray")
    if gradient.shape != shape:
        raise ValueError(f"the gradient of parameter {i} has shape {gradient.shape}, the parameter {shape}")


def _check_not_negative(name: str, value: float) -> None:
    if not value >= 0.0:
        raise ValueError(f"{name} must not be negative, but is {value}")
