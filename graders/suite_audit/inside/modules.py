"""Serves the modules that a suite imports: the framework and the trainer, under TinyTorch's names."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from graders.suite_audit.inside.standins import missing, standins

ROOT = "tinytorch"
TRAINING = "tinytorch.core.training"
TRAINER_NAMES = ("Trainer", "CosineSchedule", "clip_grad_norm")
PACKAGES = ("tinytorch", "tinytorch.core")


class ServedModules(MetaPathFinder, Loader):
    """Finds every module at or below `tinytorch`, and those that `names` maps.

    names: from a module's name in the suite to the one that is served in its place; submodules follow.
    """

    def __init__(self, stack: Any, names: Mapping[str, str]) -> None:
        self.missing: set[str] = set()
        self.replaced: dict[str, str] = {}
        self.too_early = False
        self.filename = ""
        self._code: str | None = None
        self._stack = stack
        self._names = sorted(names.items(), key=lambda pair: -len(pair[0]))
        self._standins = standins(stack)

    def choose(self, name: str, code: str) -> None:
        """Say which trainer is served from now on."""
        self.filename, self._code = f"<{name}>", code
        linecache.cache[self.filename] = (len(code), None, code.splitlines(keepends=True), self.filename)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module that is served; every one is a package, so that its submodules come here too."""
        if self._served_as(fullname) is None:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return the module that is served in the place of another."""
        served = self._served_as(spec.name)
        return None if served in (None, spec.name) else importlib.import_module(str(served))

    def exec_module(self, module: ModuleType) -> None:
        """Fill a new module."""
        name = module.__name__
        if "__getattr__" in vars(module) or not _within(name, ROOT):
            return  # served under a second name
        module.__getattr__ = lambda attribute: self._attribute(name, attribute)  # type: ignore[method-assign]
        if name == TRAINING:
            self._run_trainer(module)
        else:
            vars(module).update(self._exports(name))

    def _served_as(self, fullname: str) -> str | None:
        """The name of the module that is served as `fullname`; None where that is none of our business."""
        for old, new in self._names:
            if _within(fullname, old):
                return new + fullname[len(old) :]
            if _within(old, fullname):  # a parent of a mapped module, which need not exist
                return ROOT
        return fullname if _within(fullname, ROOT) else None

    def _run_trainer(self, module: ModuleType) -> None:
        if self._code is None:
            self.too_early = True
            raise ImportError("the trainer was asked for before one was chosen")
        module.__file__ = self.filename
        exec(compile(self._code, self.filename, "exec"), vars(module))

    def _exports(self, name: str) -> dict[str, object]:
        """Public names of the framework's module of the same name, or of all of it at the top."""
        if name == ROOT:
            return {
                "__version__": "0",
                **{public: getattr(self._stack, public) for public in self._stack.__all__},
            }
        submodule = sys.modules.get(f"{self._stack.__name__}.{name.rpartition('.')[2]}")
        return {key: value for key, value in vars(submodule).items() if key[0] != "_"} if submodule else {}

    def _attribute(self, module: str, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name in self._stack.__all__:
            return getattr(self._stack, name)
        if name in TRAINER_NAMES and module != TRAINING:
            return getattr(importlib.import_module(TRAINING), name)
        if name in self._standins:
            value, self.replaced[name] = self._standins[name]
            return value
        if module in PACKAGES and name.isalpha() and name.islower():
            return importlib.import_module(f"{module}.{name}")
        self.missing.add(f"{module}.{name}")
        return missing(name, module)


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")
