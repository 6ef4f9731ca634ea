"""The help texts, and what the command does when it is called the wrong way."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from graders.cli.app import app

EXAMPLES = {
    "check": ("graders check trainer.py", "graders check --json trainer.py"),
    "grade": ("graders grade 07_training", "graders grade 07_training --from submissions.zip"),
    "validate": ("graders validate 07_training.ipynb",),
}
ENVIRONMENT = {"COLUMNS": "100", "NO_COLOR": "1"}


def helped(*arguments: str) -> str:
    """The help text, in one line."""
    result = CliRunner().invoke(app, [*arguments, "--help"], env=ENVIRONMENT)
    assert result.exit_code == 0
    return re.sub(r"[\s│]+", " ", result.output)


@pytest.mark.parametrize("command", EXAMPLES)
def test_each_command_explains_itself_with_examples_and_exit_codes(command: str) -> None:
    text = helped(command)
    assert all(example in text for example in EXAMPLES[command])
    assert "Exit code: 0" in text


def test_the_command_itself_lists_its_commands() -> None:
    text = helped()
    assert all(command in text for command in EXAMPLES)


def test_the_version_is_said() -> None:
    result = CliRunner().invoke(app, ["--version"], env=ENVIRONMENT)
    assert result.exit_code == 0 and result.output == f"graders {version('graders')}\n"


def test_a_version_that_is_not_known_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", unknown)
    result = CliRunner().invoke(app, ["--version"], env=ENVIRONMENT)
    assert result.exit_code == 2 and "not installed" in result.output


def test_h_is_short_for_help() -> None:
    assert CliRunner().invoke(app, ["check", "-h"], env=ENVIRONMENT).exit_code == 0


@pytest.mark.parametrize("arguments", [["check"], ["grade"], ["validate"], ["mark"], ["check", "--no-such"]])
def test_a_wrong_call_ends_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments, env=ENVIRONMENT).exit_code == 2


def test_python_m_graders_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "graders", "--help"], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0 and "validate" in done.stdout
