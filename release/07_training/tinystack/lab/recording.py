"""Recording of a run: what every optimizer step used and did, read through the stack's protocols alone."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystack.lab.time_limit import TooManyUpdates

Array = NDArray[np.float64]

MAX_UPDATES = 400
"""The longest part has 30 updates. More than ten times that is a loop without an end."""


def flat(tensors: Iterable[Any]) -> Array:
    """Return the values of some tensors as one vector, in their order."""
    return _joined([np.asarray(tensor.data, dtype=np.float64) for tensor in tensors])


def flat_gradients(tensors: Iterable[Any]) -> Array:
    """Return the gradients of some tensors as one vector; a tensor without a gradient counts as zeros."""
    return _joined(
        [
            np.zeros(np.shape(t.data)) if t.grad is None else np.asarray(t.grad, dtype=np.float64)
            for t in tensors
        ]
    )


def numbers(state: Any) -> Array:
    """Return all numbers in nested dicts, lists and arrays as one vector, in their order."""
    found: list[Array] = []
    _collect(state, found)
    return _joined(found)


def _collect(state: Any, found: list[Array]) -> None:
    """Add all numbers in nested dicts, lists and arrays to `found`, as arrays."""
    if isinstance(state, dict):
        for key in sorted(state, key=str):
            _collect(state[key], found)
    elif isinstance(state, (list, tuple)):
        for item in state:
            _collect(item, found)
    elif state is not None:
        found.append(np.asarray(state, dtype=np.float64))


def _joined(arrays: list[Array]) -> Array:
    """Return the numbers of some arrays as one vector of its own memory."""
    return np.concatenate(arrays, axis=None) if arrays else np.zeros(0)


class RateRecorder:
    """Records the rate of each call of `optimizer.step()` from outside, and so their number.

    The optimizer keeps its type and works as before.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.rates: list[float] = []
        self._step = optimizer.step
        optimizer.step = self.step

    def step(self, *args: Any, **kwargs: Any) -> Any:
        """Stand in for `optimizer.step()`: note what it uses, call it, note what it did."""
        if len(self.rates) >= MAX_UPDATES:
            raise TooManyUpdates(f"more than {MAX_UPDATES} updates for a handful of batches")
        rate = float(self.optimizer.lr)
        result = self._watched(rate, *args, **kwargs)
        self.rates.append(rate)
        return result

    def _watched(self, rate: float, *args: Any, **kwargs: Any) -> Any:
        """Call the optimizer's own `step`, which is about to use this rate."""
        return self._step(*args, **kwargs)

    def observed(self) -> dict[str, Array]:
        """Return what was recorded, as arrays with one entry or row per update."""
        return {"rates": np.array(self.rates, dtype=np.float64)}


class Recorder(RateRecorder):
    """Records each call of `optimizer.step()` from outside.

    gradients, before, after: one row per update, one column per entry of the parameters. rates: one per
    update.
    """

    def __init__(self, optimizer: Any) -> None:
        super().__init__(optimizer)
        self.rows: list[tuple[Array, Array, Array, float]] = []

    def _watched(self, rate: float, *args: Any, **kwargs: Any) -> Any:
        parameters = list(self.optimizer.params)
        gradient, before = flat_gradients(parameters), flat(parameters)
        result = super()._watched(rate, *args, **kwargs)
        self.rows.append((gradient, before, flat(parameters), rate))
        return result

    def observed(self) -> dict[str, Array]:
        """Return what was recorded, as arrays with one entry or row per update."""
        columns = list(zip(*self.rows, strict=True)) or [(), (), (), ()]
        names = ("gradients", "before", "after", "rates")
        return {name: np.array(column, dtype=np.float64) for name, column in zip(names, columns, strict=True)}
