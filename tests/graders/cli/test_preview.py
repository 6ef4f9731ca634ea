"""`graders preview`: where the pages are, and errors in place of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from graders.audit.rig import RigError
from graders.authoring.preview import Pages
from graders.cli import preview as command

app = typer.Typer()
app.command()(command.preview)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments], env={"COLUMNS": "300"})


def test_the_paths_of_the_pages_are_printed(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages(tmp_path / "s.html", tmp_path / "a.html", tmp_path / "f.html", "chaffs/p/n", 3)
    asked: list[object] = []
    monkeypatch.setattr(command, "make_preview", lambda *given: asked.extend(given) or pages)
    result = run("08_adam", "--course", str(repository), "--to", str(tmp_path / "to"))
    assert result.exit_code == 0
    for said in (str(pages.students), str(pages.audit), str(pages.feedback), "3 findings", "chaffs/p/n"):
        assert said in result.output
    assert tmp_path / "to" in asked


def test_an_audit_that_cannot_be_trusted_ends_with_2(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_preview(*given: object) -> Pages:
        raise RigError("the audit stops: the reference solution does not pass")

    monkeypatch.setattr(command, "make_preview", make_preview)
    result = run("08_adam", "--course", str(repository), "--to", str(tmp_path))
    assert result.exit_code == 2 and "the audit stops" in result.output


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_measured(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "make_preview", lambda *given: pytest.fail("it was measured"))
    (tmp_path / "file").touch()
    result = run("08_adam", "--course", str(repository), "--to", str(tmp_path / "file" / "pages"))
    assert result.exit_code == 2 and f"{tmp_path / 'file'} is no folder" in result.output


def test_a_page_that_cannot_be_written_ends_with_2_and_the_remedy(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_preview(*given: object) -> Pages:
        raise OSError(28, "No space left on device", "students.html")

    monkeypatch.setattr(command, "make_preview", make_preview)
    result = run("08_adam", "--course", str(repository), "--to", str(tmp_path))
    assert result.exit_code == 2 and "students.html: No space left" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["08_none"], "there is no assignment '08_none'"),
        (["08_adam", "--chaff", "none"], "has no chaff 'none'"),
    ],
)
def test_an_unknown_name_ends_with_2_and_those_there_are(
    repository: Path, arguments: list[str], said: str
) -> None:
    result = run(*arguments, "--course", str(repository))
    assert result.exit_code == 2 and said in result.output
