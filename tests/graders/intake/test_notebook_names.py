"""The notebook is found whatever it is called; what was chosen is noted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

WRONG_NAMES = (
    "07_training (1).ipynb",
    "07_training-Copy1.ipynb",
    "07_training - Copy.ipynb",
    "07_training-2.ipynb",
    "07_TRAINING.IPYNB",
    "Untitled.ipynb",
    "homework.ipynb",
    "src/homework.ipynb",
)


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_the_only_notebook_with_the_assignments_cells_is_taken(desk: Desk, name: str) -> None:
    desk.put("ada/other.ipynb", desk.foreign())
    desk.put(f"ada/{name}", desk.work("a"))
    desk.collect()
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "other.ipynb": desk.foreign()}
    assert f"{name} was taken for {NOTEBOOK}" in desk.notes("ada")


def test_files_beside_the_notebook_stay_beside_it(desk: Desk) -> None:
    desk.put("ada/work/07_training.ipynb", desk.work("a"))
    desk.put("ada/work/data/points.csv", b"1")
    desk.put("ada/work.zip", b"no zip file")
    desk.collect()
    assert set(desk.submitted("ada")) == {NOTEBOOK, "data/points.csv", "work.zip"}


def test_a_notebook_without_marks_is_known_by_its_code(desk: Desk) -> None:
    notebook = nbformat.reads(desk.work("a"), as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
    source = nbformat.reads(nbformat.writes(desk.lesson.notebook), as_version=4)
    for cell in source.cells:
        cell.metadata.pop("nbgrader", None)
    desk.put("ada/homework.ipynb", nbformat.writes(source).encode())
    desk.put("ada/other.ipynb", desk.foreign())
    desk.collect()
    assert f"homework.ipynb was taken for {NOTEBOOK}" in desk.notes("ada")
    assert set(desk.submitted("ada")) == {NOTEBOOK, "other.ipynb"}


def test_of_several_the_one_that_was_worked_on_is_graded(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.untouched())
    desk.put("ada/07_training (1).ipynb", desk.work("a"))
    desk.collect()
    assert desk.submitted("ada")[NOTEBOOK] == desk.work("a")
    assert desk.untouched() in desk.submitted("ada").values()
    notes = desk.notes("ada")
    assert "of several notebooks, 07_training (1).ipynb is graded, not 07_training.ipynb" in notes


def test_of_several_that_were_worked_on_the_expected_name_is_graded(desk: Desk) -> None:
    desk.put("ada/07_training-Copy1.ipynb", desk.work("copy"))
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.collect()
    assert desk.notebook("ada") == desk.work("a")
    assert desk.submitted("ada")["07_training-Copy1.ipynb"] == desk.work("copy")


def test_of_several_with_wrong_names_the_one_with_more_cells_is_graded(desk: Desk) -> None:
    short = nbformat.reads(desk.work("short"), as_version=4)
    short.cells = short.cells[: len(short.cells) // 2]
    desk.put("ada/a.ipynb", nbformat.writes(short).encode())
    desk.put("ada/b.ipynb", desk.work("whole"))
    desk.collect()
    assert desk.notebook("ada") == desk.work("whole")


def test_two_files_of_one_name_are_both_kept(desk: Desk) -> None:
    desk.put("beechada_1_2_07_training.ipynb", desk.work("a"))
    desk.put("beechada_1_3_07_training.ipynb", desk.work("b"))
    desk.collect()
    assert set(desk.submitted("beechada").values()) == {desk.work("a"), desk.work("b")}
    assert "was there more than once" in desk.notes("beechada")


def test_no_notebook_of_the_assignment_is_a_missing_one_and_the_files_are_kept(desk: Desk) -> None:
    desk.put("ada/Untitled.ipynb", desk.foreign())
    desk.put("ada/essay.pdf", b"%PDF")
    desk.put("bo/answer.py", b"x = 1")
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert desk.submitted("ada") == {"Untitled.ipynb": desk.foreign(), "essay.pdf": b"%PDF"}
    assert desk.submitted("bo") == {"answer.py": b"x = 1"}
    assert "no notebook of this assignment is there, only Untitled.ipynb: hand in" in desk.notes("ada")
    assert "there is no notebook: hand in 07_training.ipynb" in desk.notes("bo")


@pytest.mark.parametrize("name", ["07_training.ipynb", "07_training (1).ipynb"])
def test_a_notebook_that_was_cut_off_is_taken_by_its_name(desk: Desk, name: str) -> None:
    half = desk.work("a")[:1000]
    desk.put(f"ada/{name}", half)
    desk.collect()
    assert desk.notebook("ada") == half


def test_an_older_format_is_known_by_its_cells(desk: Desk) -> None:
    notebook = nbformat.convert(nbformat.reads(desk.work("a"), as_version=4), 3)
    old = json.dumps(notebook).encode()
    desk.put("ada/old.ipynb", old)
    desk.collect()
    assert desk.notebook("ada") == old
