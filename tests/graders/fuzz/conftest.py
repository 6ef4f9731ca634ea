"""What the fuzzing tests share: random changes of real data, and real evidence to change.

Every run draws new examples. A failure prints a blob for `@reproduce_failure`; `pytest --hypothesis-seed=N`
repeats a run, and N examples that failed before are tried first from `.hypothesis/`.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from graders.assignment import Assignment
from graders.runner import Job, Runner

Mutate = Callable[..., str]

HOSTILE_TEXTS = (
    "",
    "\0",
    "\ud800",
    "\x1b[31m",
    "../../etc/passwd",
    "NaN",
    "__class__",
    "nbgrader",
    "### BEGIN HIDDEN TESTS",
    "{{ 7*7 }}",
    "<script>",
    "x" * 5000,
    "é" * 50,
)
HOSTILE_NUMBERS = (0, -1, 1, 3, 4, 5, 99, 2**31, 2**63, -(2**70), 1e308, 5e-324, -0.0, 0.5)
LEAVES = (
    st.sampled_from((None, True, False, *HOSTILE_NUMBERS, *HOSTILE_TEXTS))
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
DEPTHS = (10, 100, 200, 300, 400, 500, 700, 900, 1100, 5000, 100_000)
NEST = re.compile(r'"nest (\d+)"')
CHANGES = ("replace", "replace", "delete", "repeat", "wrap", "rename", "swap", "nest", "empty")


@pytest.fixture(scope="session")
def mutate() -> Mutate:
    """mutate(data, value): the value, plain JSON, as text with a few changes in random places."""

    def run(data: st.DataObject, value: Any, most: int = 4) -> str:
        changed = copy.deepcopy(value)
        for _ in range(data.draw(st.integers(1, most), label="number of changes")):
            changed = _changed(data, changed)
        return NEST.sub(lambda found: _nested(int(found[1])), json.dumps(changed))

    return run


def _changed(data: st.DataObject, value: Any) -> Any:
    """The value with one change in it."""
    holder = {"value": value}
    place, key = _place(data, holder)
    kind = data.draw(st.sampled_from(CHANGES), label="change")
    old = place[key]
    if kind == "delete" and place is not holder:
        del place[key]
    elif kind == "repeat" and isinstance(place, list):
        place.insert(key, copy.deepcopy(old))
    elif kind == "wrap":
        place[key] = {"list": [old], "object": {"value": old}, "twice": [old, copy.deepcopy(old)]}[
            data.draw(st.sampled_from(("list", "object", "twice")))
        ]
    elif kind == "rename" and isinstance(place, dict) and place is not holder:
        place[data.draw(st.sampled_from(HOSTILE_TEXTS) | st.text(max_size=6))] = place.pop(key)
    elif kind == "swap":
        other, at = _place(data, holder)
        place[key] = copy.deepcopy(other[at])
    elif kind == "nest":
        place[key] = f"nest {data.draw(st.sampled_from(DEPTHS))}"
    elif kind == "empty":
        place[key] = data.draw(st.sampled_from(([], {}, "", None, 0)))
    else:
        place[key] = data.draw(VALUES, label="new value")
    return holder["value"]


def _place(data: st.DataObject, holder: dict[str, Any]) -> tuple[Any, Any]:
    """A random place in a value: what holds it, and its key or index there."""
    place: Any = holder
    key: Any = "value"
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 7)):
        place = place[key]
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
    return place, key


def _nested(depth: int) -> str:
    """Lists and objects within each other, which is written as text: Python itself cannot go as deep."""
    return '[{"items": ' * (depth // 2) + "1" + "}]" * (depth // 2)


@pytest.fixture(scope="session")
def texts(lesson: Assignment, lesson_runner: Runner) -> Callable[[str], Mapping[str, str]]:
    """texts(nonce): the evidence that a correct solution leaves, by experiment, as text."""
    known: dict[str, Mapping[str, str]] = {}

    def of(nonce: str) -> Mapping[str, str]:
        if nonce not in known:
            experiments = tuple((experiment.name, experiment.code) for experiment in lesson.experiments)
            result = lesson_runner.run(Job(lesson.reference, experiments, nonce))
            known[nonce] = {name: result.evidence[name][0] for name, _ in experiments}
        return known[nonce]

    return of
