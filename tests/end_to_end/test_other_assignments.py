"""In a course that takes the plug-ins, its own assignments, with asserts for tests, are graded as before."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

TESTS = "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nassert double(-3) == -6\n### END HIDDEN TESTS"
SOLUTION = "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"


def cell(name: str, source: str, **data: object) -> Any:
    known = {"schema_version": 3, "grade": False, "solution": False, "task": False, "locked": False}
    return new_code_cell(source, id=name, metadata={"nbgrader": {**known, "grade_id": name, **data}})


def problem(solution: str = SOLUTION) -> Any:
    cells = [
        cell("double", solution, solution=True),
        cell("test_double", TESTS, grade=True, locked=True, points=3),
        cell("test_four", "assert double(4) == 8", grade=True, locked=True, points=2),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def course(new_course: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A course of old, with an assignment of its own, released and handed in by two students."""
    root: Path = tmp_path_factory.mktemp("old") / "course"
    (root / "source" / "ps1").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "old"\n')
    nbformat.write(problem(), root / "source" / "ps1" / "ps1.ipynb")
    made = replace(new_course(), root=root)
    made.nbgrader("generate_assignment", "ps1")
    for student, solution in (
        ("ada", "def double(x):\n    return x + x"),
        ("bob", "def double(x):\n    return 4"),
    ):
        folder = root / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        handed_in = nbformat.read(root / "release" / "ps1" / "ps1.ipynb", as_version=4)
        handed_in.cells[0].source = solution
        nbformat.write(handed_in, folder / "ps1.ipynb")
    return made


def points(course: Any) -> dict[str, float]:
    rows = course.sql(
        "select assignment.student_id, sum(grade.auto_score) from grade"
        " join submitted_notebook notebook on notebook.id = grade.notebook_id"
        " join submitted_assignment assignment on assignment.id = notebook.assignment_id group by 1"
    )
    return dict(rows)


def test_they_get_the_same_points_before_and_after_the_plug_ins_came(course: Any) -> None:
    course.nbgrader("autograde", "ps1", "--create")
    before = points(course)
    assert before == {"ada": 5, "bob": 0}
    done: subprocess.CompletedProcess[str] = course.run("graders", "init", ".", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    course.nbgrader("autograde", "ps1", "--force")
    assert points(course) == before
    course.nbgrader("generate_feedback", "ps1")
    assert "AssertionError" in (course.root / "feedback" / "bob" / "ps1" / "ps1.html").read_text()
