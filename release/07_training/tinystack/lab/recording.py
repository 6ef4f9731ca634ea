"""Recording of a run: what every optimizer step used and did, read through the stack's protocols alone."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinystack.lab.time_limit import TooManyUpdates

Array = NDArray[np.float64]

MAX_UPDATES = 400
"""The longest part has 40 updates. Ten times that is a loop without an end."""


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
    return _joined(_arrays(state))


def _arrays(state: Any) -> list[Array]:
    """Return all numbers in nested dicts, lists and arrays as arrays, in their order."""
    if isinstance(state, dict):
        state = [state[key] for key in sorted(state, key=str)]
    if isinstance(state, (list, tuple)):
        return [array for item in state for array in _arrays(item)]
    return [] if state is None else [np.asarray(state, dtype=np.float64)]


def _joined(arrays: list[Array]) -> Array:
    """Return the numbers of some arrays as one vector of its own memory."""
    return np.concatenate(arrays, axis=None) if arrays else np.zeros(0)


class Recorder:
    """Records each call of `optimizer.step()` from outside.

    The optimizer keeps its type and works as before.

    gradients, before, after: one row per update, one column per entry of the parameters. rates: one per
    update.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        self.rows: list[tuple[Array, Array, Array, float]] = []
        self._step = optimizer.step
        optimizer.step = self.step

    def step(self, *args: Any, **kwargs: Any) -> Any:
        """Stand in for `optimizer.step()`: note what it uses, call it, note what it did."""
        if len(self.rows) >= MAX_UPDATES:
            raise TooManyUpdates(f"more than {MAX_UPDATES} updates for a handful of batches")
        parameters = list(self.optimizer.params)
        before, gradient, rate = flat(parameters), flat_gradients(parameters), float(self.optimizer.lr)
        result = self._step(*args, **kwargs)
        self.rows.append((gradient, before, flat(parameters), rate))
        return result

    def observed(self) -> dict[str, Array]:
        """Return what was recorded, as arrays with one row per update."""
        columns = list(zip(*self.rows, strict=True)) or [(), (), (), ()]
        names = ("gradients", "before", "after", "rates")
        return {name: np.array(column, dtype=np.float64) for name, column in zip(names, columns, strict=True)}
