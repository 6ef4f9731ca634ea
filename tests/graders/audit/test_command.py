"""`graders audit`: what it says and how it ends, without running anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from graders.audit.rig import RigError
from graders.cli import app as command_line
from graders.cli import audit as command
from graders.library import LibraryError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line.app, ["audit", *arguments])


def test_help_has_examples() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "graders audit --nonces 50" in result.output


def test_a_rig_that_is_not_sound_ends_with_2_and_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*given: object) -> Iterator[object]:
        raise RigError("the audit stops: the reference solution does not pass")
        yield

    monkeypatch.setattr(command, "measure", measure)
    result = run()
    assert result.exit_code == 2
    assert "the audit stops" in result.output


def test_a_specimen_that_cannot_be_read_ends_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def chaffs() -> None:
        raise LibraryError("zero_grad/x.py: the header has no 'source'")

    monkeypatch.setattr(command.library, "chaffs", chaffs)
    result = run()
    assert result.exit_code == 2
    assert "zero_grad/x.py" in result.output


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "measure", lambda *given: pytest.fail("it was measured"))
    result = run("--html", str(tmp_path))
    assert result.exit_code == 2 and f"{tmp_path} is a folder" in result.output


@pytest.mark.parametrize("arguments", [("--nonce", "other"), ("--nonces", "2")])
def test_the_snapshot_is_pinned_for_its_own_nonce_alone(arguments: tuple[str, str]) -> None:
    result = run("--update-snapshot", *arguments)
    assert result.exit_code == 2
    assert "pins the nonce 'audit'" in result.output
