"""The plug-ins in a course, found by way of the nbgrader app that they run in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from traitlets import Any
from traitlets.config import LoggingConfigurable

from graders.assignment import METADATA, Assignment
from graders.nbgrader_plugins import course
from graders.nbgrader_plugins.exporter import SubmissionExporter
from graders.nbgrader_plugins.repair import RepairNotebook

NAMES = {"student": "fern", "assignment": "07_training"}


class App(LoggingConfigurable):
    """As much of an nbgrader app as plug-ins ask for."""

    coursedir = Any()


@pytest.fixture
def app(tmp_path: Path, lesson: Assignment) -> App:
    """An app in a course whose assignment has a second notebook, of one cell."""
    source = tmp_path / "source" / lesson.name
    shutil.copytree(lesson.folder, source, ignore=shutil.ignore_patterns("__pycache__"))
    data = {"grade": False, "grade_id": "own", "locked": False, "schema_version": 3, "solution": True}
    second = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("answer = 42", metadata={"nbgrader": data})]
    )
    nbformat.write(second, source / "extra.ipynb")
    return App(coursedir=CourseDirectory(root=str(tmp_path)))


def read(app: App, path: Path) -> NotebookNode:
    """A submitted notebook, read and repaired as `nbgrader autograde` does."""
    resources = {"nbgrader": {**NAMES, "notebook": path.stem}}
    text, resources = SubmissionExporter(parent=app).from_filename(str(path), resources)
    return RepairNotebook(parent=app).preprocess(nbformat.reads(text, as_version=4), resources)[0]


def test_for_a_second_notebook_that_cannot_be_read_its_own_source_stands_in(app: App, tmp_path: Path) -> None:
    path = tmp_path / "extra.ipynb"
    path.write_text("no JSON")
    found = read(app, path)
    assert [cell.source for cell in found.cells] == [""]
    assert found.metadata[METADATA]["problem"].startswith("extra.ipynb ")


def test_what_a_student_writes_where_the_grader_does_is_removed_from_every_notebook(
    app: App, tmp_path: Path, lesson: Assignment
) -> None:
    for name in (lesson.name, "extra"):
        notebook = json.loads((lesson.folder / f"{lesson.name}.ipynb").read_text("utf-8"))
        notebook["metadata"][METADATA] = {"problem": "mine", "verdicts": {}}
        for cell in notebook["cells"]:
            cell["metadata"][METADATA] = {"outcome": "not_judged"}
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps(notebook), "utf-8")
        found = read(app, path)
        assert found.metadata[METADATA] == {"repairs": []}
        assert not any(METADATA in cell.metadata for cell in found.cells)


def test_a_submission_the_truth_and_the_known_bugs_run_in_one_process(app: App) -> None:
    assignment = course.assignment_of(app.coursedir, "07_training")
    runner = course.runner_of(assignment, course.protection_of(app.coursedir))
    assert course.truths_of(app.coursedir, assignment)._runner is runner
    assert course.fingerprints_of(app.coursedir, assignment)._runner is runner
