"""The notebook is found whatever it is called; what was chosen is noted."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import nbformat
import pytest

from graders.intake import collect_into

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
    assert "there is no notebook, only answer.py: hand in 07_training.ipynb" in desk.notes("bo")


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


@pytest.mark.parametrize(
    "name",
    [
        "07_training.ipynb.txt",
        "07_training.json",
        "07_training.ipynb.json",
        "07_training.ipynb (1)",
        "07_training.ipynb.download",
        "07_training",
        "mine.TXT",
        "src/07_training.json",
    ],
)
def test_a_notebook_with_another_suffix_is_taken_and_noted(desk: Desk, name: str) -> None:
    desk.put(f"ada/{NAME}/{name}", desk.work("a"))
    desk.put(f"ada/{NAME}/readme.txt", b"my homework")
    desk.collect()
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "readme.txt": b"my homework"}
    assert f"{name} was taken for {NOTEBOOK}" in desk.notes("ada")


@pytest.mark.parametrize("name", ["beechada_1_2_07_training.ipynb.txt", "beechada_1_2_07_training.json"])
def test_a_notebook_that_the_lms_gave_another_suffix_is_taken(desk: Desk, name: str) -> None:
    desk.put(name, desk.work("a"))
    desk.collect()
    assert desk.notebook("beechada") == desk.work("a")


@pytest.mark.parametrize("name", ["data.json", "07_training.json", "07_training.ipynb.txt"])
def test_a_file_with_another_suffix_that_is_no_notebook_of_this_assignment_is_none(
    desk: Desk, name: str
) -> None:
    for student, content in (("ada", b"{}"), ("bo", desk.foreign()), ("cy", desk.work("c")[:1000])):
        desk.put(f"{student}/{name}", content)
    desk.collect()
    for student in ("ada", "bo", "cy"):
        assert set(desk.submitted(student)) == {name}
        assert f"there is no notebook, only {name}: hand in 07_training.ipynb" in desk.notes(student)


def test_beside_the_notebook_that_was_worked_on_a_copy_with_another_suffix_stays(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training.json", desk.work("copy"))
    desk.put("bo/07_training.ipynb", desk.untouched())
    desk.put("bo/07_training.json", desk.work("b"))
    desk.collect()
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "07_training.json": desk.work("copy")}
    assert desk.notebook("bo") == desk.work("b")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("abgabe.pdf", "hand in 07_training.ipynb"),
        ("answer.py", "hand in 07_training.ipynb"),
        ("abgabe.rar", "unpack it first, and hand in 07_training.ipynb"),
        ("abgabe.tar.gz", "unpack it first, and hand in 07_training.ipynb"),
        ("abgabe.7z", "unpack it first, and hand in 07_training.ipynb"),
    ],
)
def test_where_there_is_no_notebook_the_files_that_are_there_are_named(
    desk: Desk, name: str, remedy: str
) -> None:
    desk.put(f"ada/{name}", b"x")
    desk.collect()
    assert desk.notes("ada") == f"there is no notebook, only {name}: {remedy}"


def test_of_many_files_that_are_no_notebook_the_first_are_named(desk: Desk) -> None:
    for name in "abcde":
        desk.put(f"ada/{NAME}/{name}.png", b"x")
    desk.put(f"ada/{NAME}/timestamp.txt", b"2026-11-19 22:30:00 UTC")
    desk.collect()
    told = "there is no notebook, only a.png, b.png, c.png and 2 more: hand in 07_training.ipynb"
    assert desk.notes("ada") == told


def released(desk: Desk, *stub: str) -> bytes:
    """The notebook as nbgrader hands it out: in each cell, these lines in place of the solution."""
    notebook = nbformat.reads(nbformat.writes(desk.lesson.notebook), as_version=4)
    lines = "".join(rf"\g<1>{line}\n" for line in stub)
    for cell in notebook.cells:
        solution = r"(?ms)^( *)### BEGIN SOLUTION$.*?### END SOLUTION$\n?"
        cell.source = re.sub(solution, lines, cell.source).rstrip("\n")
    return nbformat.writes(notebook).encode()


class TestBeforeTheFirstRelease:
    """Nothing says yet what students got, but for the source version."""

    @pytest.fixture
    def unreleased(self, desk: Desk) -> Desk:
        shutil.rmtree(desk.course.root / "release")
        return desk

    def test_the_one_that_was_worked_on_is_graded(self, unreleased: Desk) -> None:
        desk = unreleased
        untouched = released(desk, "# YOUR CODE HERE", "raise NotImplementedError()")
        desk.put("ada/07_training.ipynb", untouched)
        desk.put("ada/07_training(1).ipynb", desk.work("a"))
        desk.collect()
        assert desk.notebook("ada") == desk.work("a")
        assert untouched in desk.submitted("ada").values()
        assert "07_training(1).ipynb was taken for 07_training.ipynb" in desk.notes("ada")

    def test_the_courses_own_stub_is_what_students_got(self, unreleased: Desk) -> None:
        desk = unreleased
        config = desk.course.root / "nbgrader_config.py"
        config.write_text(f"{config.read_text()}c.ClearSolutions.code_stub = {{'python': '# here'}}\n")
        desk.put("ada/07_training.ipynb", released(desk, "# here"))
        desk.put("ada/07_training(1).ipynb", desk.work("a"))
        desk.collect()
        assert desk.notebook("ada") == desk.work("a")
        assert not (desk.course.root / "release").exists()

    def test_a_source_that_cannot_be_released_is_collected_for(self, unreleased: Desk) -> None:
        desk = unreleased
        notebook = nbformat.from_dict(desk.lesson.notebook)
        next(cell for cell in notebook.cells if "END SOLUTION" in cell.source).source = "### BEGIN SOLUTION"
        lesson = replace(desk.lesson, notebook=notebook)
        desk.put("ada/07_training.ipynb", desk.work("a"))
        collect_into(desk.course, lesson, desk.inbox)
        assert desk.notebook("ada") == desk.work("a")
