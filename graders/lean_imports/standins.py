"""What stands for modules while another one is imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def spared(unused: Mapping[str, Iterable[str]], optional: Iterable[str] = ()) -> Iterator[None]:
    """Spare the import of modules that are not imported yet.

    unused: modules by their names, with the functions that are taken from them; these call the real ones.
    optional: modules that seem not to be installed.
    """
    standins: dict[str, ModuleType | None] = {
        **{name: _stand_in(name, functions) for name, functions in unused.items()},
        **dict.fromkeys(optional),  # None: an import of it fails at once
    }
    standins = {name: module for name, module in standins.items() if name not in sys.modules}
    sys.modules.update(standins)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in standins:
            del sys.modules[name]


def _stand_in(name: str, functions: Iterable[str]) -> ModuleType:
    module = ModuleType(name)
    for function in functions:
        setattr(module, function, _late(name, function))
    return module


def _late(module: str, function: str) -> Callable[..., Any]:
    """A function that imports another one's module when it is called."""

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), function)(*arguments, **options)

    return call
