"""Import this before nbgrader: it spares every process of ours most of a second.

Some of what nbgrader imports at its start no process of ours needs: its extensions of the Jupyter server,
setuptools, which unpacks archives, and what jsonschema checks texts with of kinds that no schema of notebooks
has. While nbgrader is imported, the first two have stand-ins, which call the real ones, and the others, which
are optional for jsonschema, seem not to be installed.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

EXTENSIONS = ("assignment_list", "course_list", "validate_assignment", "formgrader")

UNUSED = {
    "setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile"),
    **{f"nbgrader.server_extensions.{name}": ("load_jupyter_server_extension",) for name in EXTENSIONS},
}
"""Modules by their names, with the functions that nbgrader takes from them."""

OPTIONAL = ("isoduration", "rfc3986_validator", "rfc3987", "rfc3987_syntax", "uri_template", "webcolors")


@contextmanager
def _without_them() -> Iterator[None]:
    """Spare the import of those that are not imported yet."""
    spared: dict[str, ModuleType | None] = {
        **{name: _stand_in(name, functions) for name, functions in UNUSED.items()},
        **dict.fromkeys(OPTIONAL),  # None: an import of it fails at once
    }
    spared = {name: module for name, module in spared.items() if name not in sys.modules}
    sys.modules.update(spared)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in spared:
            del sys.modules[name]


def _stand_in(name: str, functions: tuple[str, ...]) -> ModuleType:
    module = ModuleType(name)
    for function in functions:
        setattr(module, function, _late(name, function))
    return module


def _late(module: str, function: str) -> Callable[..., Any]:
    """A function that imports another one's module when it is called."""

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(importlib.import_module(module), function)(*arguments, **options)

    return call


with _without_them():
    import nbgrader.utils  # noqa: F401
