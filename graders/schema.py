"""Whether a notebook is what the schema of its format says, found out quickly however many faults it has."""

from __future__ import annotations

from typing import Any

from nbformat import v4
from nbformat.validator import get_validator

from graders.ordinary import is_ordinary

CELL_IDS = 5
"""The minor version of notebook format 4 that has an id for each cell."""

MAX_DEPTH = 100
"""Lists and objects within each other. A notebook has some ten; Python's own limit is at a few hundred."""

NESTED = (dict, list)


def check_schema(raw: dict[str, object]) -> None:
    """Raise an error of some kind if the schema of its version does not admit a notebook.

    nbformat itself says so too, but only after it has found every error, which takes milliseconds for each.
    """
    major, minor = raw.get("nbformat"), raw.get("nbformat_minor", 0)
    if type(major) is not int or type(minor) is not int:
        raise ValueError("it names no version of the notebook format")
    if _is_deep(raw):
        raise ValueError(f"its lists and objects are nested more than {MAX_DEPTH} times")
    if is_ordinary(raw):
        return
    newest_or_future = min(minor, v4.nbformat_minor + 1)  # each number that is asked for is kept
    validator = get_validator(major, newest_or_future, name="fastjsonschema")
    if validator is None:
        raise ValueError(f"there is no notebook format {major}.{minor}")
    validator.validate(_with_ids(raw))


def needs_no_change(raw: dict[str, object]) -> bool:
    """Whether nbformat would take a notebook that the schema admits as it is.

    That is one of a format 4 that it knows, with an id for each cell, none twice, if the format has ids.
    """
    major, minor, cells = raw.get("nbformat"), raw.get("nbformat_minor", 0), raw.get("cells")
    if major != v4.nbformat or not isinstance(minor, int) or minor > v4.nbformat_minor:
        return False
    if minor < CELL_IDS or not isinstance(cells, list):
        return True
    ids = [cell.get("id") for cell in cells]
    return None not in ids and len(set(ids)) == len(ids)


def _is_deep(raw: dict[str, object]) -> bool:
    level: list[Any] = [raw]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if type(value) is dict else value)
            if type(child) in NESTED
        ]
        if not level:
            return False
    return True


def _with_ids(raw: dict[str, object]) -> dict[str, object]:
    """The notebook with the cell ids that nbformat puts in where there are none."""
    cells = raw.get("cells")
    if not isinstance(cells, list):
        return raw
    minor = raw.get("nbformat_minor", 0)
    defaults = {"id": "none"} if isinstance(minor, int) and minor >= CELL_IDS else {}
    return {**raw, "cells": [{**defaults, **cell} if isinstance(cell, dict) else cell for cell in cells]}
