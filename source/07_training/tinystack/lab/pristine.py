"""The framework as it was handed out: for an experiment, what a notebook has changed in it is undone.

So an experiment observes the student's own work, and no optimizer that was changed to make up for it.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import is_
from typing import Any

PACKAGE = "tinystack"

OWN = (f"{PACKAGE}.lab", f"{PACKAGE}.selfcheck")
"""What is no part of the framework."""

UNCHANGEABLE = {"__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__", "_abc_impl"}

Attributes = Mapping[str, Any]


def _classes() -> list[type]:
    modules = [
        module
        for name, module in sys.modules.items()
        if (name == PACKAGE or name.startswith(f"{PACKAGE}.")) and not name.startswith(OWN)
    ]
    found = {
        id(value): value for module in modules for value in vars(module).values() if isinstance(value, type)
    }
    return [one for one in found.values() if one.__module__.split(".")[0] == PACKAGE]


_CLASSES = {one: dict(vars(one)) for one in _classes()}
_NAMES = {name: getattr(sys.modules[PACKAGE], name) for name in getattr(sys.modules[PACKAGE], "__all__", ())}


@contextmanager
def pristine(namespace: dict[str, Any]) -> Iterator[None]:
    """Inside of the block, the framework's classes are as they were handed out.

    So are the names of the framework in the namespace, where they are there. What the notebook made of them
    comes back afterwards.
    """
    changed = {one: dict(vars(one)) for one, given in _CLASSES.items() if not _are_same(vars(one), given)}
    names = {name: namespace[name] for name in _NAMES if name in namespace}
    for one in changed:
        _set(one, _CLASSES[one])
    namespace.update({name: _NAMES[name] for name in names})
    try:
        yield
    finally:
        for one, attributes in {**_CLASSES, **changed}.items():
            _set(one, attributes)
        namespace.update(names)


def _set(one: type, attributes: Attributes) -> None:
    """Give a class these very attributes, and no others."""
    if _are_same(vars(one), attributes):
        return
    there, wanted = _changeable(vars(one)), _changeable(attributes)
    for name in there.keys() - wanted.keys():
        delattr(one, name)
    for name, value in wanted.items():
        if there.get(name) is not value:
            setattr(one, name, value)


def _are_same(some: Attributes, others: Attributes) -> bool:
    """Whether these are the same objects under the same names; any object can claim to be equal."""
    return list(some) == list(others) and all(map(is_, some.values(), others.values()))


def _changeable(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if name not in UNCHANGEABLE}
