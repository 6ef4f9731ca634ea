"""A new assignment works as it is, and nothing that exists is overwritten."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from graders.assignment import is_test, nbgrader_data
from graders.audit.findings import coverage
from graders.audit.measure import measure
from graders.audit.snapshot import NONCE
from graders.audit.whole import all_equivalent, found_in, library_of
from graders.authoring.new import AuthoringError, make_assignment
from graders.authoring.stack import differing
from graders.course import Course
from graders.specimens import snapshot_of

NAME = "09_running_mean"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "course").mkdir()
    return Course(tmp_path / "course")


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_assignment_passes_its_own_audit(course: Course) -> None:
    make_assignment(course, NAME)
    assignment = course.assignment(NAME)
    library = library_of(assignment)
    assert len(library.wheats) >= 1 and len(library.chaffs) >= 2 and len(library.mutants) >= 10
    (measured,) = measure(assignment, library, [NONCE])
    assert found_in(measured, all_equivalent(assignment), snapshot_of(assignment)) == []
    assert [row.caught for row in coverage(measured)] == [2]


def test_its_notebook_is_valid_and_has_each_kind_of_cell(course: Course) -> None:
    notebook = nbformat.read(make_assignment(course, NAME)[0], as_version=4)
    nbformat.validate(notebook)
    solutions = [cell for cell in notebook.cells if nbgrader_data(cell).get("solution")]
    assert len(solutions) == 1 and "### BEGIN SOLUTION" in solutions[0].source
    assert sum(is_test(cell) for cell in notebook.cells) == 1
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(cell.id == cell.metadata.nbgrader.grade_id for cell in notebook.cells if nbgrader_data(cell))


def test_its_lab_is_that_of_the_package(course: Course) -> None:
    make_assignment(course, NAME)
    assert differing(course.root / "source" / NAME) == []


@pytest.mark.parametrize("there", [f"source/{NAME}", f"specimens/{NAME}"])
def test_what_is_there_is_never_overwritten(course: Course, there: str) -> None:
    (course.root / there).mkdir(parents=True)
    (course.root / there / "mine.txt").write_text("mine")
    before = files_of(course.root)
    with pytest.raises(AuthoringError, match="is there already"):
        make_assignment(course, NAME)
    assert files_of(course.root) == before


@pytest.mark.parametrize("name", ["", "../outside", "a b", "a/b", "-x", "a+b"])
def test_a_name_that_is_no_folder_is_refused(course: Course, name: str) -> None:
    with pytest.raises(AuthoringError, match="is no name for an assignment"):
        make_assignment(course, name)
    assert files_of(course.root.parent) == {}
