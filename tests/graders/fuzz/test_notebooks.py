"""Whatever bytes a student hands in: a notebook that can be graded, or a SubmissionError."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from graders.assignment import Assignment, code_cells, is_test, nbgrader_data
from graders.repair import repair
from graders.submission import SubmissionError, parse_notebook

Mutate = Callable[..., str]

PATH = Path("07_training.ipynb")

slow = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
fuzz = settings(derandomize=False, print_blob=True, deadline=None, suppress_health_check=slow)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ("cells", "worksheets", "metadata", "nbformat", "nbformat_minor", "source", "cell_type")
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=16,
)


@pytest.fixture(scope="session")
def handed_in(lesson: Assignment) -> dict[str, Any]:
    """A student's notebook as plain JSON."""
    made: dict[str, Any] = json.loads(nbformat.writes(lesson.notebook))
    return made


@pytest.fixture(scope="session")
def handed_in_as_version_3(lesson: Assignment) -> dict[str, Any]:
    """The same in the format of ten years ago."""
    made: dict[str, Any] = json.loads(json.dumps(nbformat.convert(copy.deepcopy(lesson.notebook), 3)))
    return made


def check(text: str, lesson: Assignment) -> None:
    """Read and repair; what comes of it must be fit to be run, written and shown."""
    read = read_or_refused(text)
    if isinstance(read, NotebookNode):
        assert_whole(repair(read, lesson.notebook).notebook, lesson)
    else:
        assert str(PATH).encode() in read.encode() and "hand" in read


def read_or_refused(text: str) -> NotebookNode | str:
    """The notebook, or why there is none."""
    try:
        return parse_notebook(text, PATH)
    except SubmissionError as error:
        return str(error)


def assert_whole(repaired: NotebookNode, lesson: Assignment) -> None:
    """The instructor's cells are each there once, in order and unchanged; students' sources are text."""
    framed = [cell for cell in lesson.notebook.cells if nbgrader_data(cell).get("grade_id")]
    official = [cell for cell in repaired.cells if nbgrader_data(cell)]
    assert [cell.metadata.nbgrader for cell in official] == [cell.metadata.nbgrader for cell in framed]
    for cell, original in zip(official, framed, strict=True):
        assert nbgrader_data(original).get("solution") or cell.source == original.source
    assert [cell for cell in repaired.cells if is_test(cell)] == [c for c in official if is_test(c)]
    assert all(isinstance(source, str) for source in code_cells(repaired))
    nbformat.writes(repaired).encode()
    json.dumps(code_cells(repaired)).encode()


@settings(fuzz, max_examples=200)
@given(text=st.text() | st.binary().map(lambda data: data.decode("utf-8", "ignore")))
def test_any_text(text: str, lesson: Assignment) -> None:
    check(text, lesson)


@settings(fuzz, max_examples=150)
@given(value=JSON)
def test_any_json(value: Any, lesson: Assignment) -> None:
    check(json.dumps(value), lesson)


@settings(fuzz, max_examples=60)
@given(data=st.data())
def test_a_changed_notebook(
    data: st.DataObject, lesson: Assignment, handed_in: dict[str, Any], mutate: Mutate
) -> None:
    check(mutate(data, handed_in), lesson)


@settings(fuzz, max_examples=40)
@given(data=st.data())
def test_a_changed_notebook_of_version_3(
    data: st.DataObject, lesson: Assignment, handed_in_as_version_3: dict[str, Any], mutate: Mutate
) -> None:
    check(mutate(data, handed_in_as_version_3), lesson)


@settings(fuzz, max_examples=60)
@given(data=st.data())
def test_a_notebook_with_bytes_changed(
    data: st.DataObject,
    lesson: Assignment,
    handed_in: dict[str, Any],
) -> None:
    content = bytearray(json.dumps(handed_in).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check(content.decode("utf-8", "replace"), lesson)
