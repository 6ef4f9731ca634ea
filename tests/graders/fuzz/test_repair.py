"""Repair of any list of cells, whatever their metadata claim: the instructor's frame, once and in order."""

from __future__ import annotations

from typing import Any

import nbformat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from graders.repair import Repaired, repair

fuzz = settings(
    derandomize=False, print_blob=True, deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)

IDS = ("intro", "solution", "test", "other")


def framed(grade_id: str, source: str, **flags: Any) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(source)
    defaults = {"grade": False, "solution": False, "locked": True, "schema_version": 3}
    cell.metadata["nbgrader"] = nbformat.from_dict({"grade_id": grade_id, **defaults, **flags})
    return cell


FRAME = nbformat.v4.new_notebook(
    cells=[
        framed("intro", "import numpy"),
        framed("solution", "answer = 1", solution=True, locked=False),
        framed("test", "### BEGIN HIDDEN TESTS\nassert answer\n### END HIDDEN TESTS\n", grade=True, points=5),
    ]
)

VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.text(max_size=2))
)
CLAIMS = st.dictionaries(
    st.sampled_from(("grade", "solution", "locked", "points", "task", "schema_version")), VALUES
)
MARKS = st.builds(
    lambda grade_id, claims: {"grade_id": grade_id, **claims}, st.sampled_from(IDS) | VALUES, CLAIMS
)
SOURCES = st.text(max_size=12) | st.sampled_from(
    ("class A:\n    def f(self):", "        return 1", "x = 1", "(", "\ud800")
)


@st.composite
def cells(draw: st.DrawFn) -> NotebookNode:
    kind = draw(
        st.sampled_from((nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell, nbformat.v4.new_raw_cell))
    )
    cell = kind(draw(SOURCES))
    if draw(st.booleans()):
        cell.metadata["nbgrader"] = nbformat.from_dict(draw(MARKS | VALUES))
    return cell


def text_of(repaired: Repaired) -> str:
    return "\n".join(cell.source for cell in repaired.notebook.cells)


@settings(fuzz, max_examples=300)
@given(submitted=st.lists(cells(), max_size=8))
def test_the_frame_is_whole_and_every_source_of_a_solution_is_kept(submitted: list[NotebookNode]) -> None:
    notebook = nbformat.v4.new_notebook(cells=submitted)
    before = nbformat.from_dict(notebook)
    repaired = repair(notebook, FRAME)
    assert notebook == before, "what was handed in is not touched"
    official = [cell for cell in repaired.notebook.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata for cell in official] == [cell.metadata for cell in FRAME.cells]
    assert [cell.source for cell in official[::2]] == [cell.source for cell in FRAME.cells[::2]]
    ids = [cell.id for cell in repaired.notebook.cells]
    assert len(set(ids)) == len(ids)
    kept = text_of(repaired)
    for cell in submitted:
        claimed = cell.metadata.get("nbgrader")
        grade_id = claimed.get("grade_id") if isinstance(claimed, dict) else None
        if grade_id not in ("intro", "test"):
            assert cell.source in kept


@settings(fuzz, max_examples=100)
@given(submitted=st.lists(cells(), max_size=6))
def test_what_is_repaired_needs_no_repair(submitted: list[NotebookNode]) -> None:
    once = repair(nbformat.v4.new_notebook(cells=submitted), FRAME)
    again = repair(once.notebook, FRAME)
    assert again.repairs == () and again.notebook.cells == once.notebook.cells
