"""What a cell defines and removes, whatever else is in it."""

from __future__ import annotations

import pytest

from graders.bindings import ATTRIBUTES, NAMES, NAMES_FOR_FUNCTIONS, Bindings, bindings_of

CELL = """%matplotlib inline
import numpy as np, os.path
from math import inf as INF
lr, (a, *rest) = 0.1, (1, 2)
later: int
if lr:
    async def fetch(): inner = 1
try:
    class Net: weight = 1
finally:
    files = !ls
Net.size = 3
"""


@pytest.mark.parametrize("name", ["np", "os", "INF", "lr", "a", "rest", "fetch", "Net"])
def test_names_of_the_top_level_are_defined(name: str) -> None:
    source = CELL.replace("files = !ls", "pass")
    assert bindings_of(source).define(name, NAMES)


@pytest.mark.parametrize("name", ["later", "inner", "weight", "size", "numpy", "path", "inf"])
def test_names_of_functions_and_classes_are_not_and_neither_is_what_has_no_value(name: str) -> None:
    assert not bindings_of(CELL.replace("files = !ls", "pass")).define(name, NAMES)


def test_a_function_looks_for_code_and_imports_and_a_class_has_what_is_added_to_it() -> None:
    found = bindings_of(CELL.replace("files = !ls", "pass"))
    assert found.define("np", NAMES_FOR_FUNCTIONS) and not found.define("lr", NAMES_FOR_FUNCTIONS)
    assert found.define("size", ATTRIBUTES) and not found.define("Net", ATTRIBUTES)
    assert found.code() == ["fetch", "Net"]


def test_what_cannot_be_read_defines_nothing() -> None:
    assert bindings_of(CELL) == Bindings(), "an assignment from the shell is no Python"


def test_a_name_is_followed_line_by_line() -> None:
    found = bindings_of("x = 1\n%reset -f\nx = 2\ndel x\ny = 1")
    assert found.removal_of("x", NAMES, is_there=False) == (False, "`del`")
    assert found.removal_of("y", NAMES, is_there=True) == (True, "")
    assert found.removal_of("z", NAMES, is_there=True) == (False, "`%reset`")
    assert found.removal_of("z", NAMES, is_there=False) == (False, "")
