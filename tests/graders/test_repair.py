"""Repair: whatever was done to the frame, the student's code is graded in the instructor's frame."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from graders.repair import MAX_JOINED, MAX_PIECES, Repaired, repair

HIDDEN = "visible = 1\n### BEGIN HIDDEN TESTS\nassert secret\n### END HIDDEN TESTS\n"


def cell(source: str, grade_id: str = "", kind: str = "code", **flags: Any) -> NotebookNode:
    made = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    if grade_id:
        defaults = {"grade": False, "solution": False, "locked": True, "schema_version": 3}
        made.metadata["nbgrader"] = nbformat.from_dict({"grade_id": grade_id, **defaults, **flags})
    return made


def frame() -> NotebookNode:
    solution = {"solution": True, "locked": False}
    test = {"grade": True, "points": 5}
    cells = [
        cell("# Intro", kind="markdown"),
        cell("import numpy", "imports"),
        cell("answer_a = 1", "a", **solution),
        cell(HIDDEN, "test_a", **test),
        cell("answer_b = 2", "b", **solution),
        cell(HIDDEN, "test_b", **test),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def submitted() -> NotebookNode:
    """The frame as students get it, with their own answers."""
    notebook = frame()
    for each in notebook.cells:
        if each.metadata.get("nbgrader", {}).get("grade"):
            each.source = "visible = 1\n"
        if each.metadata.get("nbgrader", {}).get("solution"):
            each.source = f"mine_{each.metadata.nbgrader.grade_id} = 1"
    return notebook


def named(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def ids(repaired: Repaired) -> list[str]:
    return [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in repaired.notebook.cells]


WHOLE = ["imports", "a", "test_a", "b", "test_b"]


def assert_whole(repaired: Repaired) -> None:
    """Each framed cell is there once, in order, as the instructor wrote it, with the student's solutions."""
    assert [i for i in ids(repaired) if i] == WHOLE
    for original in frame().cells[1:]:
        grade_id = original.metadata.nbgrader.grade_id
        restored = named(repaired.notebook, grade_id)
        assert restored.metadata.nbgrader == original.metadata.nbgrader
        if not original.metadata.nbgrader.solution:
            assert (restored.source, restored.cell_type) == (original.source, original.cell_type)


def drop(grade_id: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(named(notebook, grade_id))


def edit(grade_id: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: named(notebook, grade_id).update(source="pass")


def flag(grade_id: str, **flags: Any) -> Callable[[NotebookNode], None]:
    return lambda notebook: named(notebook, grade_id).metadata.nbgrader.update(flags)


def double(grade_id: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.append(copy.deepcopy(named(notebook, grade_id)))


def to_markdown(notebook: NotebookNode) -> None:
    named(notebook, "test_a").cell_type = "markdown"


def forge_hidden(notebook: NotebookNode) -> None:
    named(notebook, "test_a").source = HIDDEN.replace("secret", "True")


MANGLED = {
    "a test deleted": (drop("test_a"), "missing"),
    "the imports deleted": (drop("imports"), "missing"),
    "a test doubled": (double("test_a"), "more than once"),
    "reordered": (lambda notebook: notebook.cells.reverse(), "moved"),
    "a test edited": (edit("test_a"), "changed"),
    "the imports edited": (edit("imports"), "changed"),
    "a test made markdown": (to_markdown, "changed"),
    "points raised": (flag("test_a", points=100), "grading marks"),
    "no longer graded": (flag("test_a", grade=False), "grading marks"),
    "a solution graded": (flag("a", grade=True, points=100), "grading marks"),
    "unlocked": (flag("imports", locked=False), "grading marks"),
}


@pytest.mark.parametrize("name", MANGLED)
def test_the_frame_is_restored_and_the_repair_is_named(name: str) -> None:
    notebook = submitted()
    mangle, word = MANGLED[name]
    mangle(notebook)
    repaired = repair(notebook, frame())
    assert_whole(repaired)
    assert any(word in line for line in repaired.repairs), repaired.repairs
    assert named(repaired.notebook, "a").source == "mine_a = 1"


def test_a_clean_submission_needs_no_repair() -> None:
    repaired = repair(submitted(), frame())
    assert_whole(repaired)
    assert repaired.repairs == ()
    assert repair(frame(), frame()).repairs == ()


def test_a_hidden_region_that_a_student_wrote_is_replaced_by_the_instructor_s() -> None:
    notebook = submitted()
    forge_hidden(notebook)
    assert_whole(repair(notebook, frame()))


def test_a_solution_cell_that_is_missing_is_empty_and_not_the_instructor_s() -> None:
    notebook = submitted()
    drop("a")(notebook)
    repaired = repair(notebook, frame())
    assert named(repaired.notebook, "a").source == "" and "answer_a" not in nbformat.writes(repaired.notebook)


def test_a_split_solution_keeps_its_second_half_right_behind_it() -> None:
    notebook = submitted()
    half = cell("second_half = 2", "a", solution=True, locked=False)
    notebook.cells.insert(notebook.cells.index(named(notebook, "a")) + 1, half)
    repaired = repair(notebook, frame())
    sources = [c.source for c in repaired.notebook.cells]
    assert sources[sources.index("mine_a = 1") + 1] == "second_half = 2"
    assert_whole(repaired)
    assert any("all of it is kept" in line for line in repaired.repairs)


def test_a_solution_that_was_split_within_a_class_is_joined_again() -> None:
    notebook = submitted()
    place = notebook.cells.index(named(notebook, "a"))
    named(notebook, "a").source = "class Answer:\n    def one(self):\n        return 1"
    second = copy.deepcopy(named(notebook, "a"))
    second.source = "    def two(self):\n        return 2"
    notebook.cells.insert(place + 1, second)
    repaired = repair(notebook, frame())
    assert named(repaired.notebook, "a").source.endswith("return 1\n    def two(self):\n        return 2")
    assert second.source not in [each.source for each in repaired.notebook.cells]


def test_own_cells_stay_behind_the_cell_that_they_followed() -> None:
    notebook = submitted()
    notebook.cells.insert(0, cell("first = 0"))
    notebook.cells.insert(notebook.cells.index(named(notebook, "b")), cell("helper = 1"))
    notebook.cells.append(cell("last = 2"))
    sources = [c.source for c in repair(notebook, frame()).notebook.cells]
    assert sources[0] == "first = 0" and sources[-1] == "last = 2"
    assert sources[sources.index("mine_b = 1") - 1] == "helper = 1"


@pytest.mark.parametrize("grade_id", ["bonus", "test_c", ""])
def test_cells_that_claim_to_be_graded_are_the_student_s_own(grade_id: str) -> None:
    notebook = submitted()
    claim = cell("points = 100", "x", grade=True, points=100)
    claim.metadata.nbgrader.grade_id = grade_id
    notebook.cells.append(claim)
    repaired = repair(notebook, frame())
    assert_whole(repaired)
    kept = [c for c in repaired.notebook.cells if c.source == "points = 100"]
    assert len(kept) == 1 and "nbgrader" not in kept[0].metadata


@pytest.mark.parametrize("metadata", [None, "text", [], 3, {"grade_id": ["a"]}, {"grade_id": None}, {}])
def test_metadata_of_any_kind_are_survived(metadata: Any) -> None:
    notebook = submitted()
    notebook.cells.append(cell("own = 1"))
    notebook.cells[-1].metadata["nbgrader"] = nbformat.from_dict(metadata)
    assert_whole(repair(notebook, frame()))


@pytest.mark.parametrize("name", MANGLED)
def test_neither_the_submitted_notebook_nor_the_frame_is_modified(name: str) -> None:
    notebook, original = submitted(), frame()
    MANGLED[name][0](notebook)
    before, frame_before = copy.deepcopy(notebook), copy.deepcopy(original)
    repair(notebook, original)
    assert notebook == before and original == frame_before


def test_what_is_written_into_the_repaired_notebook_does_not_reach_the_submitted_one() -> None:
    notebook = submitted()
    before = copy.deepcopy(notebook)
    repaired = repair(notebook, frame()).notebook
    repaired.metadata["changed"] = True
    for each in repaired.cells:
        each.metadata["changed"] = each.source = "changed"
    assert notebook == before


def test_a_blank_notebook_gets_the_whole_frame() -> None:
    repaired = repair(nbformat.v4.new_notebook(), frame())
    assert_whole(repaired)
    assert len(repaired.repairs) >= len(WHOLE)


def test_no_two_cells_have_one_id() -> None:
    """A cell that lost its grading marks is the student's own, beside the one that was put back."""
    notebook = submitted()
    for each in notebook.cells[1:3]:
        del each.metadata["nbgrader"]
    repaired = repair(notebook, frame_like(notebook)).notebook
    ids_there = [each.id for each in repaired.cells]
    assert len(set(ids_there)) == len(ids_there)
    assert [each.id for each in repaired.cells if "nbgrader" in each.metadata] == [
        each.id for each in frame_like(notebook).cells if "nbgrader" in each.metadata
    ]
    nbformat.validate(repaired)


def frame_like(notebook: NotebookNode) -> NotebookNode:
    """The frame with the cell ids that a student's copy of it has."""
    made = frame()
    for each, there in zip(made.cells, notebook.cells, strict=True):
        each.id = there.id
    return made


def test_an_older_minor_version_of_the_format_becomes_that_of_the_frame() -> None:
    notebook = submitted()
    notebook.cells.append(cell("mine = 1"))
    notebook.nbformat_minor = 4
    for each in notebook.cells:
        del each["id"]
    repaired = repair(notebook, frame()).notebook
    assert repaired.nbformat_minor == 5 and named(repaired, "a").source == "mine_a = 1"
    nbformat.validate(repaired)


def test_a_frame_without_cell_ids_gets_none() -> None:
    old = frame()
    old.nbformat_minor = 4
    for each in old.cells:
        del each["id"]
    repaired = repair(submitted(), old).notebook
    assert repaired.nbformat_minor == 4 and not any("id" in each for each in repaired.cells)
    nbformat.validate(repaired)


def test_thousands_of_copies_are_kept_without_being_tried_to_be_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each joined piece makes the next attempt longer: a notebook of 2,000 took minutes."""
    parsed: list[str] = []
    real = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source: parsed.append(source) or real(source))
    notebook = submitted()
    first = named(notebook, "a")
    first.source = "class A:\n    x = 1"
    at = notebook.cells.index(first) + 1
    notebook.cells[at:at] = [cell(f"    y{n} = 1", "a", solution=True, locked=False) for n in range(2000)]
    repaired = repair(notebook, frame())
    assert len(parsed) <= 3 * MAX_PIECES
    assert repaired.repairs == ("the solution cell 'a' was there more than once; all of it is kept",)
    sources = "\n".join(each.source for each in repaired.notebook.cells)
    assert all(f"y{n} = 1" in sources for n in range(2000))


def test_a_copy_too_large_for_a_solution_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ast, "parse", lambda source: pytest.fail("parsed"))
    notebook = submitted()
    notebook.cells.append(cell("x = 1\n" * MAX_JOINED, "a", solution=True, locked=False))
    assert repair(notebook, frame()).notebook.cells[-1].source == "x = 1\n" * MAX_JOINED


def test_a_repair_is_noted_once() -> None:
    notebook = submitted()
    notebook.cells += [cell("visible = 1", "test_a", grade=True, points=5) for _ in range(100)]
    (note,) = repair(notebook, frame()).repairs
    assert note == "the test cell 'test_a' was there more than once; copies are left out"


def released(notebook: NotebookNode) -> NotebookNode:
    """The notebook as nbgrader releases it: each cell holds its checksum."""
    for one in notebook.cells:
        if "nbgrader" in one.metadata:
            one.metadata.nbgrader["checksum"] = compute_checksum(one)
    return notebook


@pytest.mark.parametrize("change", [edit("test_a"), flag("test_a", points=7)])
def test_what_the_instructor_has_changed_since_the_release_is_no_repair(
    change: Callable[[NotebookNode], None],
) -> None:
    newer = frame()
    change(newer)
    assert repair(released(submitted()), newer).repairs == ()
    assert named(repair(released(submitted()), newer).notebook, "test_a") == named(newer, "test_a")


@pytest.mark.parametrize("change", [edit("test_a"), flag("test_a", points=7), to_markdown])
def test_what_the_student_has_changed_since_the_release_is_one(
    change: Callable[[NotebookNode], None],
) -> None:
    theirs = released(submitted())
    change(theirs)
    assert len(repair(theirs, frame()).repairs) >= 1
