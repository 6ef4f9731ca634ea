"""`graders new`: what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from graders.cli.new import new

app = typer.Typer()
app.command()(new)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    return tmp_path


def run(course: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--course", str(course)])


def test_it_says_what_was_made_and_what_to_do_next(course: Path) -> None:
    result = run(course, "09_mean")
    assert result.exit_code == 0
    assert "source/09_mean/09_mean.ipynb" in result.output and "specimens/09_mean/wheats/" in result.output
    assert "graders audit 09_mean" in result.output and "graders preview 09_mean" in result.output
    assert (course / "source" / "09_mean" / "09_mean.ipynb").is_file()


def test_what_is_there_ends_with_2_and_the_remedy(course: Path) -> None:
    run(course, "09_mean")
    result = run(course, "09_mean")
    assert result.exit_code == 2 and "take another name" in result.output


def test_what_cannot_be_written_ends_with_2_the_remedy_and_nothing_left(course: Path) -> None:
    (course / "specimens").touch()
    result = run(course, "09_mean")
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert str(course / "specimens") in result.output and "the right to write there" in result.output
    assert not list((course / "source").iterdir())


def test_the_lab_of_an_assignment_is_updated_and_nothing_else(course: Path) -> None:
    run(course, "09_mean")
    folder = course / "source" / "09_mean"
    (folder / "tinystack" / "lab" / "part.py").write_text("old")
    notebook = (folder / "09_mean.ipynb").read_bytes()
    assert "lab/part.py" in run(course, "09_mean", "--update-lab").output
    assert "is that of the package" in run(course, "09_mean", "--update-lab").output
    assert (folder / "09_mean.ipynb").read_bytes() == notebook


def test_the_lab_of_an_assignment_that_is_not_there_cannot_be_updated(course: Path) -> None:
    result = run(course, "09_mean", "--update-lab")
    assert result.exit_code == 2 and "there is no assignment '09_mean'" in result.output
