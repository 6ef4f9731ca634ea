"""The command prints what was collected, and tells by its exit code whether all was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from graders.cli.collect import collect

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"


def run(desk: Desk, source: Path, *options: str) -> Result:
    app = typer.Typer()
    app.command()(collect)
    return CliRunner().invoke(app, [NAME, str(source), "--course", str(desk.course.root), *options])


def test_all_that_was_collected_is_summed_up(desk: Desk) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("bo/07_training/homework.ipynb", desk.work("b"))
    result = run(desk, desk.inbox)
    assert result.exit_code == 0, result.output
    assert "bo: homework.ipynb was taken for 07_training.ipynb" in result.output
    assert f"Collected from {desk.inbox}: 2 new, 0 replaced, 0 unchanged, 0 refused" in result.output


def test_what_was_refused_is_named_and_changes_the_exit_code(desk: Desk) -> None:
    desk.put("***/07_training.ipynb", desk.work("a"))
    desk.put("[bold]mystery.ipynb", desk.work("b"))
    result = run(desk, desk.inbox)
    assert result.exit_code == 1
    assert "***: '***' is no name of a student" in result.output
    assert "[bold]mystery.ipynb: its name does not tell whose it is" in result.output
    assert "0 new, 0 replaced, 0 unchanged, 2 refused" in result.output


@pytest.mark.parametrize("name", ["empty.zip", "notes.zip", "folder"])
def test_a_source_without_any_submission_is_told_and_changes_the_exit_code(desk: Desk, name: str) -> None:
    if name == "folder":
        source = desk.inbox
    else:
        source = desk.put(name, desk.zipped({} if name == "empty.zip" else {"readme.txt": b"hello"}))
    result = run(desk, source)
    assert result.exit_code == 1
    assert f"{source.name}: no submission of {NAME} was found in it; expected were " in result.output


def test_what_leads_out_of_an_archive_counts_as_refused(desk: Desk) -> None:
    source = desk.put(
        "class.zip",
        desk.zipped({"../evil.ipynb": desk.work("a"), "bo/07_training/07_training.ipynb": desk.work("b")}),
    )
    result = run(desk, source)
    assert result.exit_code == 1 and "1 new, 0 replaced, 0 unchanged, 1 refused" in result.output


def test_folders_of_other_assignments_are_named_and_are_no_fault(desk: Desk) -> None:
    other = desk.course.root / "source" / "08_adam"
    other.mkdir()
    (other / "08_adam.ipynb").write_bytes(desk.foreign())
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    for number in range(7):
        desk.put(f"other{number}/08_adam/08_adam.ipynb", desk.foreign())
    result = run(desk, desk.inbox)
    assert result.exit_code == 0, result.output
    assert "passed over, as nothing of this assignment is in it: other0 (08_adam), " in result.output
    assert "other4 (08_adam) and 2 more" in result.output and "1 new, " in result.output


@pytest.mark.parametrize("options", [(), ("--roster", "gone.csv")])
def test_a_source_or_roster_that_is_not_there_ends_with_a_message(
    desk: Desk, options: tuple[str, ...]
) -> None:
    result = run(desk, desk.inbox if options else desk.inbox / "gone", *options)
    assert result.exit_code == 2 and "gone" in result.stderr


@pytest.mark.parametrize("name", ["", "source", "submitted"])
def test_the_courses_own_folders_end_with_a_message(desk: Desk, name: str) -> None:
    own = desk.course.root / name
    result = run(desk, own)
    assert result.exit_code == 2
    assert f"{own} is part of the course, not what students handed in" in result.stderr
    assert not (desk.course.root / "submitted").exists()
