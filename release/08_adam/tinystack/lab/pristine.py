"""The framework as it was handed out: for an experiment, what a notebook has changed in it is undone.

So an experiment observes the student's own work, and no optimizer that was changed to make up for it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PACKAGE = "tinystack"

OWN = (f"{PACKAGE}.lab", f"{PACKAGE}.selfcheck")
"""What is no part of the framework."""

UNCHANGEABLE = {"__dict__", "__weakref__", "__doc__", "__module__", "__abstractmethods__", "_abc_impl"}

Attributes = dict[str, Any]


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


def _attributes(one: type) -> Attributes:
    return {name: value for name, value in vars(one).items() if name not in UNCHANGEABLE}


_CLASSES = [(one, _attributes(one)) for one in _classes()]
_NAMES = {name: getattr(sys.modules[PACKAGE], name) for name in getattr(sys.modules[PACKAGE], "__all__", ())}


@contextmanager
def pristine(namespace: Attributes) -> Iterator[None]:
    """Inside of the block, the framework's classes are as they were handed out.

    So are the names of the framework in the namespace, where they are there. What the notebook made of them
    comes back afterwards.
    """
    theirs = [(one, _attributes(one)) for one, _ in _CLASSES]
    names = {name: namespace[name] for name in _NAMES if name in namespace}
    for one, attributes in _CLASSES:
        _set(one, attributes)
    namespace.update({name: _NAMES[name] for name in names})
    try:
        yield
    finally:
        for one, attributes in theirs:
            _set(one, attributes)
        namespace.update(names)


def _set(one: type, wanted: Attributes) -> None:
    there = _attributes(one)
    for name in there.keys() - wanted.keys():
        delattr(one, name)
    for name, value in wanted.items():
        if there.get(name) is not value:
            setattr(one, name, value)
