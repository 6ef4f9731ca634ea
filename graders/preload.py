"""Which modules students' code is going to import: they are imported once, before it is forked."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from graders.assignment import Assignment, is_test, nbgrader_data

HEAVY = {"matplotlib.pyplot": b"matplotlib"}
"""Modules that take long to import, and what stands in a notebook that needs them."""


def preload_of(assignment: Assignment, texts: Iterable[bytes] = ()) -> tuple[str, ...]:
    """Return the modules that an assignment's own cells import, and the heavy ones that submissions mention.

    texts: submissions, as they are in their files.
    """
    given = [
        cell.source
        for cell in assignment.notebook.cells
        if cell.cell_type == "code" and not is_test(cell) and not nbgrader_data(cell).get("solution")
    ]
    names = {name for source in given for name in _imported(source, assignment.folder)}
    return tuple(sorted(names | set(_mentioned(texts))))


def _mentioned(texts: Iterable[bytes]) -> Iterator[str]:
    left = dict(HEAVY)
    for text in texts:
        for name in [name for name, word in left.items() if word in text]:
            del left[name]
            yield name
        if not left:
            return


def _imported(source: str, folder: Path) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic among it
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (
                name for alias in node.names if _is_module(name := f"{node.module}.{alias.name}", folder)
            )


def _is_module(name: str, folder: Path) -> bool:
    """Whether a dotted name is that of a module which comes with the assignment."""
    path = folder.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
