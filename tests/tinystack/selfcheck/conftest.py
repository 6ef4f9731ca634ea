"""Trainers to check, right and wrong ones, and an IPython to check them in."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

GRADERS = Path(__file__).parents[3] / "graders"

Load = Callable[[str], ModuleType]


def _load(path: Path) -> ModuleType:
    name = "_selfcheck_" + "_".join(path.with_suffix("").parts[-2:])
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # pickle finds classes of a module by its name
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def wheat() -> Load:
    """A function that loads a correct submission by its name."""
    return lambda name: _load(GRADERS / "wheats" / f"{name}.py")


@pytest.fixture
def chaff() -> Load:
    """A function that loads a submission with one bug, by point/name."""
    return lambda name: _load(GRADERS / "chaffs" / f"{name}.py")


@pytest.fixture
def right(wheat: Load) -> ModuleType:
    """One correct submission."""
    return wheat("plain_modulo")


@pytest.fixture(autouse=True)
def _outside_nbgrader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """An IPython that is no terminal, such as a notebook's kernel has one."""
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()
