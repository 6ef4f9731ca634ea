"""Whether a notebook is what the schema of its format says, found out quickly however many faults it has."""

from __future__ import annotations

from nbformat import v4
from nbformat.validator import get_validator

CELL_IDS = 5
"""The minor version of notebook format 4 that has an id for each cell."""

MAX_DEPTH = 100
"""Lists and objects within each other. A notebook has some ten; Python's own limit is at a few hundred."""


def check_schema(raw: dict[str, object]) -> None:
    """Raise an error of some kind if the schema of its version does not admit a notebook.

    nbformat itself says so too, but only after it has found every error, which takes milliseconds for each.
    """
    major, minor = raw.get("nbformat"), raw.get("nbformat_minor", 0)
    if type(major) is not int or type(minor) is not int:
        raise ValueError("it names no version of the notebook format")
    if _is_deep(raw):
        raise ValueError(f"its lists and objects are nested more than {MAX_DEPTH} times")
    newest_or_future = min(minor, v4.nbformat_minor + 1)  # each number that is asked for is kept
    validator = get_validator(major, newest_or_future, name="fastjsonschema")
    if validator is None:
        raise ValueError(f"there is no notebook format {major}.{minor}")
    validator.validate(_with_ids(raw))


def _is_deep(raw: dict[str, object]) -> bool:
    level: list[object] = [raw]
    for _ in range(MAX_DEPTH):
        level = [child for value in level for child in _children(value)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    """The lists and objects right in a list or an object."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inner if isinstance(child, dict | list)]


def _with_ids(raw: dict[str, object]) -> dict[str, object]:
    """The notebook with the cell ids that nbformat puts in where there are none."""
    cells = raw.get("cells")
    if not isinstance(cells, list):
        return raw
    minor = raw.get("nbformat_minor", 0)
    defaults = {"id": "none"} if isinstance(minor, int) and minor >= CELL_IDS else {}
    return {**raw, "cells": [{**defaults, **cell} if isinstance(cell, dict) else cell for cell in cells]}
