"""The assignment: its points, its experiments, and the instructor's mistakes named."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from graders import assignment
from graders.assignment import Assignment, AssignmentError
from graders.criteria import CRITERIA

POINTS = {
    "orchestration": 15,
    "zero_grad": 15,
    "convergence": 15,
    "scheduling": 15,
    "clipping": 10,
    "modes": 10,
    "checkpointing": 10,
    "accumulation": 5,
    "history": 5,
}


def write(folder: Path, *cells: nbformat.NotebookNode) -> Path:
    folder.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), folder / f"{folder.name}.ipynb")
    return folder


def graded_cell(source: str, **data: object) -> nbformat.NotebookNode:
    defaults = {"grade_id": "t", "grade": True, "solution": False, "points": 3}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": {**defaults, **data}})


HIDDEN = "### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS"


def test_nine_points_are_worth_100(lesson: Assignment) -> None:
    assert lesson.points == POINTS and sum(POINTS.values()) == 100
    assert lesson.points.keys() == CRITERIA.keys()


def test_the_reference_holds_all_definitions_and_no_test(lesson: Assignment) -> None:
    code = "\n".join(lesson.reference)
    assert all(name in code for name in ("class CosineSchedule", "def clip_grad_norm", "class Trainer"))
    assert "lab.experiment" not in code and "HIDDEN" not in code


def test_each_part_that_a_criterion_asks_for_is_in_its_experiment(lesson: Assignment) -> None:
    codes = {experiment.name: experiment.code for experiment in lesson.experiments}
    for name, criterion in CRITERIA.items():
        for check in criterion.checks:
            assert f'lab.part("{check.part}")' in codes[name]


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match=r"lesson\.ipynb is missing"):
        assignment.load(tmp_path / "lesson")


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"cells": []}', '{"nbformat": 4}'])
def test_an_unreadable_notebook_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "lesson").mkdir()
    (tmp_path / "lesson" / "lesson.ipynb").write_text(text)
    with pytest.raises(AssignmentError, match=r"lesson\.ipynb"):
        assignment.load(tmp_path / "lesson")


def test_a_notebook_without_hidden_tests_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "lesson", graded_cell("x = 1"), nbformat.v4.new_code_cell(HIDDEN))
    with pytest.raises(AssignmentError, match="has no test cell with"):
        assignment.load(folder)


def test_an_experiment_is_the_hidden_region_alone(tmp_path: Path) -> None:
    loaded = assignment.load(write(tmp_path / "lesson", graded_cell(f"before = 1\n{HIDDEN}\nafter = 1")))
    (experiment,) = loaded.experiments
    assert (experiment.name, experiment.code, experiment.points) == ("t", "x = 1\n", 3.0)


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match="t"):
        assignment.load(write(tmp_path / "lesson", graded_cell(HIDDEN), graded_cell(HIDDEN)))


def test_a_test_cell_without_points_is_refused(tmp_path: Path) -> None:
    cell = graded_cell(HIDDEN)
    del cell.metadata.nbgrader["points"]
    with pytest.raises(AssignmentError, match="points"):
        assignment.load(write(tmp_path / "lesson", cell))


def test_a_manually_graded_cell_is_no_test() -> None:
    assert not assignment.is_test(graded_cell(HIDDEN, solution=True))
    assert assignment.is_test(graded_cell(HIDDEN))


def test_the_digest_changes_with_code_tests_and_framework(tmp_path: Path) -> None:
    folder = write(tmp_path / "lesson", nbformat.v4.new_code_cell("a = 1"), graded_cell(HIDDEN))
    digests = [assignment.load(folder).digest(), assignment.load(folder).digest()]
    assert len(set(digests)) == 1
    write(folder, nbformat.v4.new_code_cell("a = 2"), graded_cell(HIDDEN))
    digests.append(assignment.load(folder).digest())
    write(folder, nbformat.v4.new_code_cell("a = 2"), graded_cell(HIDDEN.replace("1", "2")))
    digests.append(assignment.load(folder).digest())
    (folder / "helper.py").write_text("x = 1")
    digests.append(assignment.load(folder).digest())
    assert len(set(digests)) == 4


def test_prose_does_not_change_the_digest(tmp_path: Path) -> None:
    folder = write(tmp_path / "lesson", graded_cell(HIDDEN))
    before = assignment.load(folder).digest()
    write(folder, nbformat.v4.new_markdown_cell("Some prose"), graded_cell(HIDDEN))
    assert assignment.load(folder).digest() == before
