"""Copies of the lab are equal to the original, or are told apart and mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.authoring.shipped import ORIGIN, original_stack
from graders.authoring.stack import copy_stack, differing, update

SOURCE = Path(__file__).resolve().parents[3] / "source"
ASSIGNMENTS = sorted(path.stem for path in SOURCE.glob("*/*.ipynb") if path.stem == path.parent.name)


@pytest.fixture
def assignment(tmp_path: Path) -> Path:
    copy_stack(tmp_path / "mine")
    return tmp_path / "mine"


def test_there_are_several_assignments_and_one_has_the_original() -> None:
    assert len(ASSIGNMENTS) > 1 and ORIGIN in ASSIGNMENTS
    assert original_stack() == SOURCE / ORIGIN / "tinystack"


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_each_assignment_has_the_stack_of_the_first(name: str) -> None:
    assert differing(SOURCE / name) == []


@pytest.mark.parametrize(
    ("file", "text"), [("lab/part.py", "changed"), ("lab/more.py", "too many"), ("tensor.py", "old")]
)
def test_a_copy_that_differs_is_told_and_mended(assignment: Path, file: str, text: str) -> None:
    (assignment / "tinystack" / file).write_text(text)
    assert differing(assignment) == [Path(file)]
    assert update(assignment) == [Path(file)]
    assert differing(assignment) == []


def test_a_missing_file_of_the_lab_is_put_back(assignment: Path) -> None:
    (assignment / "tinystack" / "lab" / "nonce.py").unlink()
    assert update(assignment) == [Path("lab/nonce.py")]
    assert (assignment / "tinystack" / "lab" / "nonce.py").is_file()


def test_what_an_assignment_says_of_itself_and_files_of_its_own_are_kept(assignment: Path) -> None:
    (assignment / "tinystack" / "__init__.py").write_text("mine")
    (assignment / "tinystack" / "data_of_mine.py").write_text("mine")
    assert update(assignment) == []
    assert (assignment / "tinystack" / "__init__.py").read_text() == "mine"
