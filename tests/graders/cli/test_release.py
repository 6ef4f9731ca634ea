"""`graders release`: what it says of preparing for grading, and that nothing but time depends on that."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from graders import coordinator
from graders.assignment import AssignmentError
from graders.cli import release as module
from graders.course import STATES
from graders.runner import RunnerError
from graders.sandbox import SandboxError

app = typer.Typer()
app.command()(module.release)


@pytest.fixture
def course(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course whose release nbgrader makes at once."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = tmp_path / "source" / "07_training"
    shutil.copytree(repository / "source" / "07_training", source, ignore=ignored)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    monkeypatch.setattr(coordinator.ClassRun, "release", lambda self: None)
    return tmp_path


def release(course: Path) -> Result:
    return CliRunner().invoke(app, ["07_training", "--course", str(course)])


class Prepared:
    """Stands in for a preparation."""

    bugs = 292
    ran: list[int]

    def __init__(self, *args: Any, is_needed: bool = True, error: Exception | None = None) -> None:
        self.is_needed = is_needed
        self._error = error
        self.ran = []

    def run(self, workers: int) -> None:
        self.ran.append(workers)
        if self._error:
            raise self._error


def use(monkeypatch: pytest.MonkeyPatch, prepared: Prepared) -> None:
    monkeypatch.setattr(coordinator, "Preparation", lambda *args: prepared)


def test_it_says_that_known_bugs_are_run(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Prepared()
    use(monkeypatch, prepared)
    result = release(course)
    assert result.exit_code == 0 and len(prepared.ran) == 1
    first, second = result.output.splitlines()
    assert first.startswith("Released 07_training") and "292 known bugs" in second


def test_where_all_is_known_nothing_is_run_or_said(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Prepared(is_needed=False)
    use(monkeypatch, prepared)
    result = release(course)
    assert result.exit_code == 0 and prepared.ran == [] and "known bugs" not in result.output


@pytest.mark.parametrize(
    "error", [RunnerError("no processes"), SandboxError("no bubblewrap"), OSError(28, "No space left")]
)
def test_a_failure_costs_time_and_is_told(
    course: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    use(monkeypatch, Prepared(error=error))
    result = release(course)
    assert result.exit_code == 0
    assert f"grading will take longer, as nothing could be prepared for it: {error}" in told(result, capfd)


def test_a_reference_that_fails_is_told_now(
    course: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, Prepared(error=AssignmentError("the reference solution fails in 'history'")))
    result = release(course)
    assert result.exit_code == module.NOBODY_GRADED != 0
    assert "nobody can be graded: the reference solution fails in 'history'" in told(result, capfd)


def test_a_course_that_cannot_be_written_is_told_with_the_remedy(
    course: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (course / ".graders").touch()
    result = release(course)
    said = told(result, capfd)
    assert result.exit_code == 2 and str(course / ".graders") in said and "the right to write there" in said


def test_a_lost_secret_is_told_before_anything_is_released(
    course: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coordinator.ClassRun, "release", lambda self: pytest.fail("it was released"))
    state = course / STATES / "07_training" / "ada.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    result = release(course)
    assert result.exit_code == 2 and "secret is gone" in told(result, capfd)


def told(result: Result, capfd: pytest.CaptureFixture[str]) -> str:
    return result.output + capfd.readouterr().err
