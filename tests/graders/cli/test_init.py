"""`graders init`: it says what it will do, and asks."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from graders.cli.init import init

app = typer.Typer()
app.command()(init)


def run(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)), input=answer)


def test_a_dry_run_says_all_and_changes_nothing(tmp_path: Path) -> None:
    result = run(tmp_path / "course", "--dry-run", "--assignment", "08_adam")
    assert result.exit_code == 0
    for made in ("nbgrader_config.py", "source/08_adam/", "specimens/08_adam/"):
        assert made in result.output
    assert not (tmp_path / "course").exists()


def test_nothing_is_done_on_no_or_on_no_answer(tmp_path: Path) -> None:
    for answer in ("n\n", None):
        result = run(tmp_path / "course", answer=answer)
        assert result.exit_code == 2 and "nothing was changed" in result.output
    assert not (tmp_path / "course").exists()


def test_it_is_done_on_yes(tmp_path: Path) -> None:
    assert run(tmp_path / "one", answer="y\n").exit_code == 0
    assert run(tmp_path / "other", "--yes").exit_code == 0
    for name in ("one", "other"):
        assert (tmp_path / name / "source" / "07_training" / "07_training.ipynb").is_file()


def test_lines_for_the_configuration_of_an_old_course_are_shown_before_they_are_added(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    result = run(tmp_path, answer="n\n")
    assert "append to nbgrader_config.py" in result.output
    assert "| _configure_graders(get_config())" in result.output
    assert (tmp_path / "nbgrader_config.py").read_text() == "c = get_config()\n"


def test_a_course_that_has_all_needs_nothing_and_no_answer(tmp_path: Path) -> None:
    run(tmp_path / "course", "--yes")
    result = run(tmp_path / "course")
    assert result.exit_code == 0 and "There is nothing to do" in result.output


def test_what_was_replaced_is_said_to_be_kept(tmp_path: Path) -> None:
    run(tmp_path, "--yes", "--assignment", "08_adam")
    (tmp_path / "source" / "08_adam" / "08_adam.ipynb").write_text("mine")
    assert "it is kept; replace it with --replace" in run(tmp_path, "--assignment", "08_adam").output
    result = run(tmp_path, "--yes", "--replace", "--assignment", "08_adam")
    assert "What was replaced is in" in result.output
    (kept,) = (tmp_path / ".graders" / "replaced").rglob("08_adam.ipynb")
    assert kept.read_text() == "mine"


def test_the_command_that_comes_next_can_be_pasted(tmp_path: Path) -> None:
    root = tmp_path / "Kurs Übung $1"
    result = run(root, "--yes", "--assignment", "08_adam")
    (line,) = (line for line in result.output.splitlines() if line.startswith("Done. Next: "))
    command = shlex.split(line.removeprefix("Done. Next: ").partition(", then")[0])
    assert command == ["graders", "doctor", "--course", str(root)]
