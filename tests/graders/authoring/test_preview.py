"""The preview: a known bug is handed in as a student would, and its pages are made aside from the course."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest

from graders.assignment import Assignment, load, nbgrader_data
from graders.authoring.new import AuthoringError
from graders.authoring.preview import Pages, chaff_for, handed_in, make_preview
from graders.authoring.setup import carry_out, plan
from graders.course import Course


@pytest.fixture(scope="module")
def adam(repository: Path) -> Assignment:
    return load(repository / "source" / "08_adam")


def test_the_chaff_is_the_named_one_or_the_first(adam: Assignment) -> None:
    assert chaff_for(adam, None).subtle
    for name in ("weight_decay/coupled", "chaffs/weight_decay/coupled"):
        assert chaff_for(adam, name).name == "chaffs/weight_decay/coupled"
    with pytest.raises(AuthoringError, match=r"no chaff 'coupled': there are first_step/"):
        chaff_for(adam, "coupled")


def test_a_chaff_is_handed_in_without_its_header_in_the_first_solution_cell(adam: Assignment) -> None:
    notebook = handed_in(adam.notebook, chaff_for(adam, "weight_decay/coupled"))
    first, *others = [cell for cell in notebook.cells if nbgrader_data(cell).get("solution")]
    assert first.source.startswith("import numpy") and "weight_decay * p.data" in first.source
    assert "point:" not in first.source
    assert [cell.source for cell in others] == ["# written in the first solution cell"]
    assert nbgrader_data(adam.notebook.cells[0]) == {}  # the notebook that was given is as it was


def test_a_notebook_without_a_solution_cell_is_refused(adam: Assignment) -> None:
    empty = nbformat.v4.new_notebook()
    with pytest.raises(AuthoringError, match="no solution cell"):
        handed_in(empty, chaff_for(adam, None))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("preview") / "course"
    carry_out(plan(root, ["08_adam"]))
    return Course(root)


def state(course: Course) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def before(course: Course) -> Mapping[Path, bytes]:
    return state(course)


@pytest.fixture(scope="module")
def pages(course: Course, before: object, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    assignment = course.assignment("08_adam")
    chaff = chaff_for(assignment, "weight_decay/coupled")
    return make_preview(course, assignment, chaff, tmp_path_factory.mktemp("pages"))


def test_students_see_the_lesson_without_solutions_and_hidden_tests(pages: Pages) -> None:
    text = pages.students.read_text()
    assert "Gradient descent takes the same rate" in text and "NotImplementedError" in text
    assert "first_step_experiment" not in text and "self.means" not in text


def test_graders_see_the_audit_and_the_feedback_on_the_bug(pages: Pages) -> None:
    assert pages.findings == 0 and "coupled" in pages.audit.read_text()
    text = pages.feedback.read_text()
    assert "goes through" in text or "added to the gradient" in text
    assert "weight_decay_experiment" not in text


def test_the_course_is_left_as_it_was(pages: Pages, before: Mapping[Path, bytes], course: Course) -> None:
    assert state(course) == before
