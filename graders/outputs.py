"""Outputs of cells, as nbformat makes them, but without checking each against the schema: that takes long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.notebooknode import from_dict


def display(data: Mapping[str, Any]) -> NotebookNode:
    """What a cell displays, by MIME type."""
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=NotebookNode())


def stream(text: str, name: str = "stdout") -> NotebookNode:
    """What a cell prints."""
    return NotebookNode(output_type="stream", name=name, text=text)


def result(text: str, execution_count: int | None) -> NotebookNode:
    """The value of a cell's last expression, as text."""
    data = NotebookNode({"text/plain": text})
    return NotebookNode(
        output_type="execute_result", data=data, metadata=NotebookNode(), execution_count=execution_count
    )


def as_output(checked: Mapping[str, Any]) -> NotebookNode:
    """Return an output that was checked elsewhere, as nodes."""
    node: NotebookNode = from_dict(dict(checked))
    if node.output_type in ("display_data", "execute_result"):
        node.setdefault("metadata", NotebookNode())
    return node
