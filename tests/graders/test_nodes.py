"""Notebooks made of JSON, and copied, are those that nbformat makes, and share nothing that changes."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from graders.nodes import copy_of, node_of, notebook_of
from graders.schema import needs_no_change

STREAM = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
SHOWN = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"text/plain": ["x", "y"], "application/json": {"a": [1, {"b": []}]}, "image/png": "AA=="},
}


def raw() -> dict[str, Any]:
    """A notebook's file, with texts in lines, what is transient, and each kind of cell."""
    code = {"id": "one", "cell_type": "code", "execution_count": 1, "source": ["1\n", "2"]}
    code |= {"metadata": {"trusted": True, "tags": [["a"], {"b": 1}]}, "outputs": [STREAM, SHOWN]}
    text = {"id": "two", "cell_type": "markdown", "source": "hello", "metadata": {}}
    text["attachments"] = {"a.txt": {"text/plain": ["a", "b"]}}
    other = {"id": "three", "cell_type": "raw", "source": [], "metadata": {}}
    metadata = {"signature": "s", "orig_nbformat": 3, "kernelspec": {"name": "p", "display_name": "P"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [code, text, other]}


def kinds(value: object) -> object:
    """The types of all that is in a value, in its shape."""
    if isinstance(value, dict):
        return type(value), {name: kinds(item) for name, item in value.items()}
    return (type(value), [kinds(item) for item in value]) if isinstance(value, list) else type(value)


def test_a_notebook_is_read_as_nbformat_reads_it() -> None:
    ours, theirs = notebook_of(raw()), nbformat.reads(json.dumps(raw()), as_version=4)
    assert ours == theirs
    assert kinds(ours) == kinds(theirs)


def test_what_a_notebook_is_made_of_stays_as_it_is() -> None:
    given = raw()
    notebook_of(given)
    assert given == raw()


def test_a_copy_is_equal_and_shares_nothing_that_changes() -> None:
    notebook = notebook_of(raw())
    copied, expected = copy_of(notebook), copy.deepcopy(notebook)
    assert copied == expected
    assert kinds(copied) == kinds(expected)
    copied.cells[0].metadata.tags[1].b = 2
    copied.cells[0].outputs[1].data["application/json"]["a"][1]["b"].append(1)
    copied.metadata.kernelspec.name = "q"
    assert notebook == expected


def test_a_node_takes_new_entries() -> None:
    node = node_of({"a": {}})
    node.a.b = {"c": 1}
    assert isinstance(node.a.b, NotebookNode)


def test_nbformat_need_not_mend_a_notebook_that_has_all_it_needs() -> None:
    assert needs_no_change(raw())
    assert needs_no_change(raw() | {"nbformat_minor": 4})


def test_nbformat_mends_cells_without_ids_and_with_one_id_for_two() -> None:
    without, twice = raw(), raw()
    del without["cells"][1]["id"]
    twice["cells"][1]["id"] = "one"
    assert not needs_no_change(without)
    assert not needs_no_change(twice)


def test_nbformat_converts_notebooks_of_other_versions() -> None:
    assert not needs_no_change(raw() | {"nbformat": 3})
    assert not needs_no_change(raw() | {"nbformat_minor": v4.nbformat_minor + 1})
