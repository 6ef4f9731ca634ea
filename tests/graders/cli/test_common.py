"""What the commands share: which course is meant, and what cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from graders.authoring.shipped import shipped_course
from graders.cli.app import app
from graders.cli.common import cannot_write, check_writable, open_course, open_course_to_read


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course, as far as commands know it by."""
    (tmp_path / "mine" / "source").mkdir(parents=True)
    (tmp_path / "mine" / "nbgrader_config.py").write_text("c = get_config()\n")
    return tmp_path / "mine"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def test_the_course_is_the_one_that_the_current_folder_is_in(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(course / "source")
    assert open_course(None).root == open_course_to_read(None).root == course


def test_a_course_that_is_named_goes_first(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course.parent)
    assert open_course(course).root == open_course_to_read(course).root == course


def test_outside_of_any_course_only_reading_takes_that_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_course_to_read(None).root == shipped_course()
    with pytest.raises(typer.Exit) as raised:
        open_course(None)
    said = capfd.readouterr().err
    assert raised.value.exit_code == 2 and f"{tmp_path} is in no course" in said and "--course" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("grade", "07_training"),
        ("collect", "07_training", "downloads"),
        ("new", "09_mean"),
        ("new", "07_training", "--update-lab"),
        ("release", "07_training"),
        ("report", "07_training"),
        ("audit", "--update-snapshot"),
    ],
)
def test_what_writes_to_a_course_is_refused_outside_of_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2 and f"{tmp_path} is in no course" in result.output
    assert not list(tmp_path.iterdir())


def test_a_roster_without_a_source_to_collect_from_is_refused(course: Path) -> None:
    result = run("grade", "07_training", "--roster", "students.csv", "--course", str(course))
    assert result.exit_code == 2 and "--roster" in result.output and "--from" in result.output


def test_an_error_of_the_disk_names_file_and_remedy() -> None:
    said = cannot_write(OSError(30, "Read-only file system", "/course/x"))
    assert "/course/x: Read-only file system" in said and "give this account the right to write" in said


def refused(path: Path, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit) as raised:
        check_writable(path)
    assert raised.value.exit_code == 2
    return capfd.readouterr().err


def test_a_file_that_cannot_be_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert f"{tmp_path} is a folder" in refused(tmp_path, capfd)
    (tmp_path / "file").touch()
    assert f"{tmp_path / 'file'} is no folder" in refused(tmp_path / "file" / "page.html", capfd)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)
    assert f"the right to write to {tmp_path}" in refused(tmp_path / "pages" / "page.html", capfd)


def test_a_file_that_can_be_written_is_not_made_yet(tmp_path: Path) -> None:
    check_writable(tmp_path / "pages" / "page.html")
    assert not list(tmp_path.iterdir())
