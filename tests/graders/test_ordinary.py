"""Ordinary notebooks are a part of what the schema admits; whatever else there is, is left to the schema."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.validator import ValidationError, get_validator

from graders.ordinary import is_ordinary
from graders.schema import check_schema

RESULT = {"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "1"}, "execution_count": 1}
SHOWN = {"output_type": "display_data", "metadata": {"a": []}, "data": {"text/plain": ["x", "y"]}}
PRINTED = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
RAISED = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": ["where"]}
ABOUT = {"jupyter": {}, "name": "n", "tags": ["t"], "nbgrader": {"grade": True}, "format": "text/x"}
ABOUT_CODE = ABOUT | {"execution": {"iopub.status.busy": "now"}, "collapsed": True, "scrolled": "auto"}
LANGUAGE = {"name": "python", "codemirror_mode": {"version": 3}, "file_extension": ".py", "version": "3"}

ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1.0,
    1.5,
    2**70,
    "",
    "a,b",
    "a\n",
    "x" * 65,
    [],
    ["a", "a"],
    {},
    {"a": 1},
]


def raw() -> dict[str, Any]:
    """A notebook with one of everything."""
    code = {"id": "one", "cell_type": "code", "execution_count": 1, "source": ["1\n", "2"]}
    code |= {"metadata": ABOUT_CODE, "outputs": [RESULT, SHOWN, PRINTED, RAISED]}
    text = {"id": "two", "cell_type": "markdown", "source": "hello", "metadata": ABOUT}
    text["attachments"] = {"a.txt": {"text/plain": ["a", "b"]}}
    other = {"id": "three", "cell_type": "raw", "source": [], "metadata": ABOUT}
    metadata = {"kernelspec": {"name": "p", "display_name": "P"}, "language_info": LANGUAGE}
    metadata |= {"orig_nbformat": 3, "title": "t", "authors": [{"name": "Fern"}], "more": 1}
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [code, text, other]}
    return copy.deepcopy(made)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each list and object in a value, with each key or index in it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from places(item)


def admitted(notebook: dict[str, Any]) -> bool:
    """Whether the schema of format 4.5 admits a notebook."""
    validator = get_validator(4, 5, name="fastjsonschema")
    assert validator is not None
    try:
        validator.validate(notebook)
    except ValidationError:
        return False
    return True


def test_one_of_everything_is_ordinary() -> None:
    assert admitted(raw())
    assert is_ordinary(raw())


def test_every_change_of_one_place_that_is_ordinary_is_admitted() -> None:
    counted = {True: 0, False: 0}
    for number in range(len(list(places(raw())))):
        for odd in [*ODD, "left out", "beside"]:
            changed = raw()
            holder, key = list(places(changed))[number]
            if odd == "left out":
                del holder[key]
            elif odd == "beside" and isinstance(holder, dict):
                holder["another"] = 1
            else:
                holder[key] = copy.deepcopy(odd)
            ordinary = is_ordinary(changed)
            assert not ordinary or admitted(changed), (key, odd)
            counted[ordinary] += 1
    assert min(counted.values()) > 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_put_into_a_notebook_what_is_ordinary_is_admitted(data: st.DataObject) -> None:
    changed = raw()
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(places(changed))))
        holder[key] = data.draw(JSON)
    assert not is_ordinary(changed) or admitted(changed)


@pytest.mark.parametrize("odd", [{"text/plain": 1}, {"application/json": {"a": 1}}])
def test_what_is_not_ordinary_is_judged_by_the_schema(odd: dict[str, Any]) -> None:
    unusual = raw()
    unusual["cells"][0]["outputs"][0]["data"] = odd
    assert not is_ordinary(unusual)
    if admitted(unusual):
        check_schema(unusual)
    else:
        with pytest.raises(Exception, match="data"):
            check_schema(unusual)
