"""Notebooks as nbformat's nodes: made of JSON, and copied, in half the time that nbformat takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from nbformat import NotebookNode
from nbformat.v4.rwbase import rejoin_lines, strip_transient

NESTED = (dict, list, NotebookNode)


def notebook_of(raw: Mapping[str, object]) -> NotebookNode:
    """Make a notebook of what a valid file of format 4 holds: texts in one piece, nothing transient."""
    notebook: NotebookNode = strip_transient(rejoin_lines(node_of(raw)))
    return notebook


def node_of(raw: Mapping[str, object]) -> NotebookNode:
    """Make a node of a JSON object, and of each one in it; nothing is shared with it but plain values."""
    return NotebookNode(
        {name: _copied(value) if type(value) in NESTED else value for name, value in raw.items()}
    )


def copy_of(node: NotebookNode) -> NotebookNode:
    """Copy a node with all that is in it."""
    return node_of(node)


def _copied(value: object) -> object:
    if isinstance(value, dict):
        return node_of(value)
    items = cast(Iterable[object], value)
    return [_copied(item) if type(item) in NESTED else item for item in items]
