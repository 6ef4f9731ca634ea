"""What is served for names that TinyTorch has and the framework at hand does not.

Some have a counterpart that does the same in every use that a suite for this assignment makes of them. The
others can be imported, and raise an error when they are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

SAME = {
    "Layer": "Module",
    "Dense": "Linear",
    "Variable": "Tensor",
    "MeanSquaredError": "MSELoss",
}
"""Older or other names of what the framework has."""


class NotInTheFramework(NotImplementedError):
    """A name was used that the framework does not have."""


def standins(stack: Any) -> dict[str, tuple[object, str]]:
    """What is served by name, each with a sentence of what it is."""
    found: dict[str, tuple[object, str]] = {
        old: (getattr(stack, new), f"the framework's {new}") for old, new in SAME.items()
    }
    found["Adam"] = (adam(stack), "the framework's AdamW without weight decay")
    found["Parameter"] = (parameter(stack), "a Tensor that requires a gradient")
    found["enable_autograd"] = (enable_autograd, "does nothing: gradients are always recorded")
    found["Dataset"] = (Dataset, "a class with nothing in it, to derive from")
    found["TensorDataset"] = (tensor_dataset(stack), "rows of several Tensors")
    found["DataLoader"] = (data_loader(stack), "a plain loader: batches in order, or shuffled")
    return found


def missing(name: str, module: str) -> type:
    """A class that can be imported, named and derived from, and that raises an error when it is made."""

    def refuse(cls: type, *args: object, **kwargs: object) -> None:
        raise NotInTheFramework(
            f"{name} of {module} is not part of the framework that this suite is run with"
        )

    return type(name, (), {"__new__": refuse, "__module__": module})


def enable_autograd(*args: object, **kwargs: object) -> None:
    """Gradients are always recorded."""


def adam(stack: Any) -> type:
    """Adam is AdamW without weight decay; with it, it is another rule."""

    class Adam(stack.AdamW):
        def __init__(
            self,
            params: Iterable[Any],
            lr: float = 1e-3,
            betas: tuple[float, float] = (0.9, 0.999),
            eps: float = 1e-8,
            weight_decay: float = 0.0,
        ) -> None:
            if weight_decay:
                raise NotInTheFramework("Adam with weight decay is not part of the framework; AdamW is")
            super().__init__(params, lr, betas, eps, 0.0)

    return Adam


def parameter(stack: Any) -> Any:
    """A Tensor of what is given, that requires a gradient."""

    def make(data: Any) -> Any:
        return stack.Tensor(getattr(data, "data", data), requires_grad=True)

    return make


class Dataset:
    """Something with a length and items."""


def tensor_dataset(stack: Any) -> type:
    """A data set whose item i is row i of each of several Tensors."""

    class TensorDataset(Dataset):
        def __init__(self, *tensors: Any) -> None:
            self.tensors = tensors

        def __len__(self) -> int:
            return len(self.tensors[0].data)

        def __getitem__(self, i: int) -> tuple[Any, ...]:
            return tuple(stack.Tensor(tensor.data[i]) for tensor in self.tensors)

    return TensorDataset


def data_loader(stack: Any) -> type:
    """A loader that stacks items of a data set to batches."""

    class DataLoader:
        def __init__(self, dataset: Any, batch_size: int = 1, shuffle: bool = False) -> None:
            self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle

        def __len__(self) -> int:
            return -(-len(self.dataset) // self.batch_size)

        def __iter__(self) -> Iterator[tuple[Any, ...]]:
            order = np.arange(len(self.dataset))
            if self.shuffle:
                np.random.shuffle(order)
            for start in range(0, len(order), self.batch_size):
                items = [self.dataset[int(i)] for i in order[start : start + self.batch_size]]
                yield tuple(
                    stack.Tensor(np.stack([_array(part) for part in row])) for row in zip(*items, strict=True)
                )

    return DataLoader


def _array(part: Any) -> Any:
    return np.asarray(getattr(part, "data", part))
