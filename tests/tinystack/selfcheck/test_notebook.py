"""In notebooks: silent while grading, no word on stderr, a short traceback, pictures where they can be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output

from tinystack import selfcheck

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "source" / "07_training"
DRAWN = ("orchestration", "zero_grad", "accumulation", "convergence", "scheduling", "clipping")

Load = Callable[[str], ModuleType]


def run(shell: InteractiveShell, code: str, module: ModuleType) -> tuple[CapturedIO, Any]:
    """Run a cell with the pieces of a submission defined; return what it showed, and IPython's result."""
    shell.push({name: getattr(module, name) for name in ("Trainer", "CosineSchedule", "clip_grad_norm")})
    shell.push({"selfcheck": selfcheck})
    with capture_output() as shown:
        result = shell.run_cell(code)
    return shown, result


@pytest.mark.parametrize("name", selfcheck.__all__)
def test_while_nbgrader_grades_every_check_is_silent(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    if name != "SelfCheckFailed":
        assert getattr(selfcheck, name)(None) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", DRAWN)
def test_a_check_that_passes_shows_a_picture_with_alternative_text(
    name: str, shell: InteractiveShell, right: ModuleType
) -> None:
    shown, result = run(shell, f"selfcheck.{name}(Trainer)", right)
    assert result.success and result.result is None
    assert shown.stderr == ""
    (picture,) = shown.outputs
    assert picture.data["image/png"].startswith(b"\x89PNG")
    assert picture.metadata["image/png"]["alt"] in picture.data["text/plain"]
    assert 400 <= picture.metadata["image/png"]["width"] <= 700


def test_the_schedule_is_drawn_too(shell: InteractiveShell, right: ModuleType) -> None:
    shown, _ = run(shell, "selfcheck.cosine_schedule(CosineSchedule)", right)
    assert "image/png" in shown.outputs[0].data


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("orchestration", "orchestration/batches_reshuffled"),
        ("zero_grad", "zero_grad/zero_grad_missing"),
        ("accumulation", "accumulation/group_summed"),
        ("convergence", "convergence/climbs_by_seed"),
        ("scheduling", "scheduling/schedule_per_update"),
        ("clipping", "clipping/threshold_never_used"),
    ],
)
def test_a_check_that_fails_shows_its_picture_before_a_short_traceback(
    name: str, bug: str, shell: InteractiveShell, chaff: Load
) -> None:
    shown, result = run(shell, f"selfcheck.{name}(Trainer)", chaff(bug))
    assert isinstance(result.error_in_exec, selfcheck.SelfCheckFailed)
    assert "image/png" in shown.outputs[0].data
    assert shown.stderr == ""
    assert "Traceback" not in shown.stdout
    assert shown.stdout.count("❌") == 2, "the message, and the first line of it as the traceback"


def test_while_validating_the_traceback_holds_the_whole_message_and_nothing_is_drawn(
    shell: InteractiveShell, chaff: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    shown, result = run(shell, "selfcheck.zero_grad(Trainer)", chaff("zero_grad/zero_grad_missing"))
    rendered = result.error_in_exec._render_traceback_()
    assert rendered == str(result.error_in_exec).splitlines()
    assert len(rendered) == 5
    assert shown.outputs == [] and shown.stderr == ""


def test_without_matplotlib_the_picture_is_text_with_a_hint(
    shell: InteractiveShell, right: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    shown, result = run(shell, "selfcheck.zero_grad(Trainer)", right)
    assert result.success and shown.outputs == []
    assert "epoch 1, update 1      1" in shown.stdout
    assert shown.stdout.rstrip().endswith("pip install matplotlib)")


def test_in_plain_python_the_picture_is_text_and_nothing_is_said_about_matplotlib(
    right: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    selfcheck.zero_grad(right.Trainer)
    out, err = capsys.readouterr()
    assert "epoch 1, update 1      1" in out
    assert "matplotlib" not in out
    assert err == ""


def test_nothing_but_numpy_is_needed_and_stderr_stays_empty() -> None:
    code = f"""
import sys
for name in ("matplotlib", "IPython"):
    sys.modules[name] = None
sys.path[:0] = [{str(SOURCE)!r}, {str(ROOT / "graders" / "wheats")!r}]
import progress_bar
from tinystack import selfcheck
selfcheck.check(progress_bar.Trainer, progress_bar.CosineSchedule, progress_bar.clip_grad_norm)
selfcheck.scheduling(progress_bar.Trainer)
"""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert "9 of 9 passed" in done.stdout


def test_no_self_check_holds_a_training_loop_that_could_be_copied() -> None:
    for path in (SOURCE / "tinystack" / "selfcheck").rglob("*.py"):
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
        ]
        names = {function.attr for function in calls if isinstance(function, ast.Attribute)}
        assert not names & {"backward", "zero_grad"}, path


def _notebook(submission: Path) -> nbformat.NotebookNode:
    """A notebook with the checks in test cells, as nbgrader knows them."""
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from tinystack import selfcheck"
    cells = [nbformat.v4.new_code_cell(code), nbformat.v4.new_code_cell(submission.read_text("utf-8"))]
    for i, check in enumerate(("zero_grad(Trainer)", "clipping(Trainer)")):
        cell = nbformat.v4.new_code_cell(f"selfcheck.{check}")
        cell.metadata.nbgrader = {
            "grade": True,
            "grade_id": f"check{i}",
            "locked": True,
            "points": 1,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _validate(notebook: nbformat.NotebookNode, folder: Path) -> str:
    nbformat.write(notebook, folder / "n.ipynb")
    command = [sys.executable, "-m", "nbgrader", "validate", "n.ipynb"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    return done.stdout


def test_nbgrader_validate_accepts_a_correct_trainer_that_writes_on_stderr(tmp_path: Path) -> None:
    said = _validate(_notebook(ROOT / "graders" / "wheats" / "progress_bar.py"), tmp_path)
    assert "Success! Your notebook passes all the tests." in said


def test_nbgrader_validate_reports_the_whole_message_of_a_failure(tmp_path: Path) -> None:
    said = _validate(_notebook(ROOT / "graders" / "chaffs" / "zero_grad" / "zero_grad_missing.py"), tmp_path)
    assert "VALIDATION FAILED ON 2 CELL(S)" in said
    assert "BUG: missing zero_grad() in the training loop" in said
    assert "saw:      update 2 used batch 1 and batch 2" in said
    assert "expected: batch 2 alone" in said
