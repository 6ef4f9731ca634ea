"""`graders report`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning
from typer.testing import CliRunner, Result

from graders.cli.report import report

CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "training"\n'

Report = Callable[..., Result]


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two students, one of whom has handed something in."""
    root = tmp_path_factory.mktemp("pattern")
    (root / "source").mkdir()
    (root / "nbgrader_config.py").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        # nbgrader starts alembic by its name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        warnings.simplefilter("ignore", SAWarning)
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "training") as gradebook:
            gradebook.add_assignment("ps1")
            gradebook.add_notebook("ps1", "ps1")
            gradebook.add_grade_cell("loops", "ps1", "ps1", max_score=10, cell_type="code")
            gradebook.add_student("ash")
            gradebook.add_student("birch")
            gradebook.add_submission("ps1", "ash")
            grade = gradebook.find_grade("loops", "ps1", "ps1", "ash")
            grade.auto_score, grade.needs_manual_grade = 7.0, False
            gradebook.db.commit()
    return root


@pytest.fixture
def course(pattern: Path, tmp_path: Path) -> Path:
    """A copy of the course for each test."""
    return Path(shutil.copytree(pattern, tmp_path / "course"))


@pytest.fixture
def run(course: Path) -> Report:
    """run(*arguments): what `graders report` does with the course."""
    app = typer.Typer()
    app.command()(report)

    def call(*arguments: object) -> Result:
        command = [*map(str, arguments), "--course", str(course)]
        return CliRunner().invoke(app, command, env={"COLUMNS": "80", "NO_COLOR": "1"})

    return call


def test_the_tables_are_readable_without_a_browser(run: Report) -> None:
    result = run("ps1")
    assert result.exit_code == 0
    assert "2 students: 1 graded, 1 nothing handed in; median 7" in result.output
    assert "birch" in result.output and "loops" in result.output
    assert max(map(len, result.output.splitlines()[:-1])) <= 100


def test_page_json_and_csv_are_written_where_they_are_wanted(run: Report, course: Path) -> None:
    files = {kind: course / "out" / f"class.{kind}" for kind in ("html", "json", "csv")}
    result = run("ps1", "--to", files["html"], "--json", files["json"], "--csv", files["csv"])
    assert result.exit_code == 0 and all(str(path) in result.output for path in files.values())
    assert files["html"].read_text("utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(files["json"].read_text("utf-8"))["students"][0]["score"] == 7.0
    with files["csv"].open(newline="") as file:
        assert [row["student_id"] for row in csv.DictReader(file)] == ["ash", "birch"]


def test_by_default_the_page_stands_in_the_course(run: Report, course: Path) -> None:
    assert run("ps1").exit_code == 0
    assert (course / "ps1-report.html").is_file()


def test_an_assignment_that_is_not_there_ends_with_2(run: Report) -> None:
    result = run("ps2")
    assert result.exit_code == 2 and "no assignment 'ps2'; there are: ps1" in result.output


def test_a_course_without_grades_ends_with_2_and_the_remedy(run: Report, course: Path) -> None:
    (course / "gradebook.db").unlink()
    result = run("ps1")
    assert result.exit_code == 2 and "graders grade" in result.output


def test_a_file_that_cannot_be_written_ends_with_2(run: Report, course: Path) -> None:
    (course / "taken").write_text("")
    result = run("ps1", "--to", course / "taken" / "class.html")
    assert result.exit_code == 2 and "name another file" in result.output


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--csv", "gradebook.db"),
        ("--json", "gradebook.db"),
        ("--to", "nbgrader_config.py"),
        ("--csv", "taken.html"),
        ("--to", "taken.csv"),
    ],
)
def test_a_file_of_another_kind_is_kept_and_nothing_else_is_written(
    run: Report, course: Path, option: str, name: str
) -> None:
    (course / "taken.html").write_text("mine")
    (course / "taken.csv").write_text("mine")
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    others = [one for one in ("--to", "--json", "--csv") if one != option]
    new = [part for one in others for part in (one, course / f"new{one}")]
    result = run("ps1", *new, option, course / name)
    assert (
        result.exit_code == 2 and str(course / name) in result.output and "is not replaced" in result.output
    )
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_a_report_replaces_the_last_one(run: Report, course: Path) -> None:
    files = ["--json", course / "report.json", "--csv", course / "report.csv"]
    assert [run("ps1", *files).exit_code for _ in range(2)] == [0, 0]
