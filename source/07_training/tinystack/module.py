"""What every layer and every model has: parameters, a mode, and a state that can be saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np

from .graph import Array
from .tensor import Tensor


class Module:
    """A layer or a model: define `forward(x)` and call the object.

    A Tensor with `requires_grad=True` that is assigned to an attribute becomes a parameter, and stays one
    if it is frozen later. A Module assigned to an attribute, or held there in a list or tuple, becomes a
    sub-layer. `buffer_names` names the attributes that hold running statistics (ndarrays): state that is
    saved but not trained.
    """

    buffer_names: ClassVar[tuple[str, ...]] = ()
    _training: bool = True

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, Tensor):
            if value.requires_grad and value.is_leaf:
                self.__dict__.setdefault("_parameter_names", {})[name] = None
        elif isinstance(value, (Module, list, tuple)):
            self.__dict__.setdefault("_layer_names", {})[name] = None
        object.__setattr__(self, name, value)

    def __call__(self, x: Tensor) -> Tensor:
        """Return `forward(x)`."""
        return self.forward(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return the output for the input `x`."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(x)")

    @property
    def training(self) -> bool:
        """The mode: True while training, False for evaluation. Assigning it reaches every sub-layer."""
        return self._training

    @training.setter
    def training(self, mode: bool) -> None:
        for _, module in self._walk():
            module.__dict__["_training"] = bool(mode)

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, sub-layers included, and return this module."""
        self.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode, sub-layers included, and return this module."""
        return self.train(False)

    def parameters(self) -> list[Tensor]:
        """Return every parameter once, in the order in which layers and attributes were assigned."""
        return list({id(p): p for _, module in self._walk() for _, p in module._own_parameters()}.values())

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and running statistics, by name, such as `layers.0.weight`."""
        return {name: array.copy() for name, array in self._live_state().items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Copy values from `state` into the parameters and running statistics, in place.

        Raises ValueError if a name is missing or unknown or a shape differs; then nothing was changed.
        """
        live = self._live_state()
        _check_names(set(live), set(state))
        given = {name: np.asarray(state[name], dtype=np.float64) for name in live}
        for name, array in live.items():
            if given[name].shape != array.shape:
                raise ValueError(f"{name!r} has shape {given[name].shape}, the model's is {array.shape}")
        for name, array in live.items():
            array[...] = given[name]

    def _live_state(self) -> dict[str, Array]:
        walk = self._walk()
        state = {prefix + name: p.data for prefix, module in walk for name, p in module._own_parameters()}
        for prefix, module in walk:
            for name in module.buffer_names:
                state[prefix + name] = getattr(module, name)
        return state

    def _own_parameters(self) -> list[tuple[str, Tensor]]:
        """Return the parameters of this module, without those of its sub-layers, by name."""
        attributes = self.__dict__
        names = attributes.get("_parameter_names", ())
        return [(name, attributes[name]) for name in names if isinstance(attributes.get(name), Tensor)]

    def _walk(self) -> list[tuple[str, Module]]:
        """Return this module and all modules below it, each once, with the prefix of its names."""
        found: dict[int, tuple[str, Module]] = {}
        self._find("", found)
        return list(found.values())

    def _find(self, prefix: str, found: dict[int, tuple[str, Module]]) -> None:
        """Add this module and those below it to `found`, which has each with its prefix under its id."""
        if id(self) in found:
            return
        found[id(self)] = prefix, self
        attributes = self.__dict__
        for name in attributes.get("_layer_names", ()):
            value = attributes.get(name)
            if isinstance(value, Module):
                value._find(f"{prefix}{name}.", found)
            elif isinstance(value, (list, tuple)):
                for i, item in enumerate(value):
                    if isinstance(item, Module):
                        item._find(f"{prefix}{name}.{i}.", found)


def _check_names(expected: set[str], given: set[str]) -> None:
    """Raise ValueError, naming every difference, unless the names are the same."""
    if expected != given:
        raise ValueError(
            "the state does not fit this model: "
            f"missing {sorted(expected - given)}, unknown {sorted(map(str, given - expected))}"
        )
