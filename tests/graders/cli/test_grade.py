"""`graders grade`: whom it grades is whom it was told to grade."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.cli.app import app
from graders.cli.grade import _names


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course, as far as it is looked at before anybody is graded."""
    (tmp_path / "source").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    return tmp_path


def run(course: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["grade", *arguments, "--course", str(course)])


@pytest.mark.parametrize("named", [[""], ["  "], [","], [" , "], ["heron", ""]], ids=repr)
def test_a_student_without_a_name_is_not_the_whole_class(course: Path, named: list[str]) -> None:
    options = [part for name in named for part in ("--student", name)]
    result = run(course, "07_training", *options, "--force")
    assert result.exit_code == 2 and "--student names nobody" in result.output
    assert "Leave it out for the whole class" in result.output
    assert sorted(path.name for path in course.iterdir()) == ["nbgrader_config.py", "source"]


def test_blanks_around_names_are_no_part_of_them_and_nobody_is_named_twice() -> None:
    assert _names(["heron, badger", " fern ,heron,"]) == ("heron", "badger", "fern")
    assert _names([]) == ()
