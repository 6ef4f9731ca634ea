"""What the commands share: which course is meant, and what cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from graders.authoring.shipped import shipped_course
from graders.cli.app import app
from graders.cli.common import (
    CSV,
    PAGE,
    cannot_write,
    check_all_writable,
    check_writable,
    open_course,
    open_course_to_read,
)


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
        check_writable(path, PAGE)
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
    check_writable(tmp_path / "pages" / "page.html", PAGE)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["gradebook.db", "07_training.ipynb", "notes", "report.json", "page.html.bak"]
)
def test_a_file_is_not_replaced_by_one_of_another_kind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_text("mine")
    said = refused(tmp_path / name, capfd)
    assert str(tmp_path / name) in said and "does not end in .html" in said and "move this one away" in said
    (tmp_path / "link.html").symlink_to(tmp_path / name)
    assert "is not replaced" in refused(tmp_path / "link.html", capfd)


def test_an_audit_does_not_replace_a_notebook_by_its_page(course: Path) -> None:
    notebook = course / "mine.ipynb"
    notebook.write_text("{}")
    result = run("audit", "--html", str(notebook), "--course", str(course))
    assert result.exit_code == 2 and f"{notebook} is there, and is not replaced" in result.output
    assert notebook.read_text() == "{}"


def test_a_preview_looks_at_all_of_its_pages_first(tmp_path: Path) -> None:
    (tmp_path / "feedback.html").mkdir()
    result = run("preview", "08_adam", "--to", str(tmp_path), "--course", str(shipped_course()))
    assert result.exit_code == 2 and f"{tmp_path / 'feedback.html'} is a folder" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["feedback.html"]


@pytest.mark.parametrize("name", ["page.html", "page.HTM"])
def test_a_file_is_replaced_by_one_of_its_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("an older page")
    check_writable(tmp_path / name, PAGE)


def test_two_files_with_one_name_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        check_all_writable([(tmp_path / "a.html", PAGE), (tmp_path / "x" / ".." / "a.html", CSV)])
    assert "is named twice" in capfd.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [("grade", ""), ("grade", " "), ("release", ""), ("report", ""), ("audit", ""), ("preview", "")],
)
def test_an_empty_name_of_an_assignment_is_not_the_only_assignment(
    course: Path, arguments: tuple[str, ...]
) -> None:
    (course / "source" / "ps1").mkdir()
    (course / "source" / "ps1" / "ps1.ipynb").write_text("{}")
    before = sorted(course.rglob("*"))
    result = run(*arguments, "--course", str(course))
    assert result.exit_code == 2 and "the assignment's name is empty" in result.output
    assert sorted(course.rglob("*")) == before
