"""In notebooks: silent while grading, no word on stderr, a short traceback, pictures where they can be."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import CapturedIO, capture_output

from tinystack import selfcheck
from tinystack.selfcheck import display, page

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


def test_while_nbgrader_grades_the_trainer_is_not_even_made(
    monkeypatch: pytest.MonkeyPatch, right: ModuleType
) -> None:
    made = []

    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    selfcheck.check(Trainer)
    selfcheck.zero_grad(Trainer)
    assert made == []
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    selfcheck.zero_grad(Trainer)
    assert made


@pytest.mark.parametrize("name", DRAWN)
def test_a_check_that_passes_shows_pictures_with_a_description(
    name: str, shell: InteractiveShell, right: ModuleType
) -> None:
    shown, result = run(shell, f"selfcheck.{name}(Trainer)", right)
    assert result.success and result.result is None
    assert shown.stderr == "" and shown.stdout == ""
    (output,) = shown.outputs
    drawn = list(svg_elements(output.data["text/html"]))
    assert drawn
    for element in drawn:
        assert element.get("role") == "img"
        assert str(element.get("aria-label")) in output.data["text/plain"]


def svg_elements(html: str) -> Iterator[ElementTree.Element]:
    """Parse the pictures in a result, which are XML as well."""
    for text in re.findall(r"<svg xmlns=.*?</svg>(?=<figcaption>)", html, re.DOTALL):
        yield ElementTree.fromstring(text)


def test_the_schedule_is_drawn_too(shell: InteractiveShell, right: ModuleType) -> None:
    shown, _ = run(shell, "selfcheck.cosine_schedule(CosineSchedule)", right)
    assert "<svg" in shown.outputs[0].data["text/html"]


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
def test_a_check_that_fails_shows_its_result_before_a_short_traceback(
    name: str, bug: str, shell: InteractiveShell, chaff: Load
) -> None:
    shown, result = run(shell, f"selfcheck.{name}(Trainer)", chaff(bug))
    assert isinstance(result.error_in_exec, selfcheck.SelfCheckFailed)
    (output,) = shown.outputs
    assert "<svg" in output.data["text/html"]
    assert output.data["text/plain"].startswith("❌")
    assert shown.stderr == ""
    assert "Traceback" not in shown.stdout
    assert shown.stdout.count("❌") == 1, "the first line of the message as the traceback"


def test_all_nine_are_one_result_with_a_word_for_each_row(
    shell: InteractiveShell, right: ModuleType, chaff: Load
) -> None:
    code = "selfcheck.check(Trainer, CosineSchedule, clip_grad_norm)"
    shown, _ = run(shell, code, chaff("zero_grad/zero_grad_missing"))
    (output,) = shown.outputs
    html = output.data["text/html"]
    assert html.count('<span class="ts-word">passed</span>') == 5
    assert html.count('<span class="ts-word">failed</span>') == 4
    assert "may come from zero_grad() requirement: mend that first" in html
    assert "This may also explain: loss convergence, gradient clipping, gradient accumulation." in html
    assert "5 of 9 public checks passed." in html and "the hidden tests look at more" in html
    assert not re.search(r"<script|<link|https?://(?!www\.w3\.org/2000/svg)|url\(", html)


def test_what_a_student_prints_cannot_become_part_of_the_page(
    shell: InteractiveShell, right: ModuleType
) -> None:
    class Trainer(right.Trainer):  # type: ignore[name-defined, misc]
        def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> Any:
            print("<b onclick=alert(1)>passed</b>")
            raise ValueError("</div><script>alert(1)</script>")

    right_with = type("module", (), {**vars(right), "Trainer": Trainer})
    shown, _ = run(shell, "selfcheck.zero_grad(Trainer)", right_with)  # type: ignore[arg-type]
    html = shown.outputs[0].data["text/html"]
    assert "<script" not in html and "<b onclick" not in html
    assert "&lt;script&gt;alert(1)" in html and "&lt;b onclick" in html


def test_while_validating_the_traceback_holds_the_whole_message_and_nothing_is_drawn(
    shell: InteractiveShell, chaff: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    shown, result = run(shell, "selfcheck.zero_grad(Trainer)", chaff("zero_grad/zero_grad_missing"))
    rendered = result.error_in_exec._render_traceback_()
    assert rendered == str(result.error_in_exec).splitlines()
    assert len(rendered) == 5
    assert shown.outputs == [] and shown.stderr == ""


def test_in_plain_python_the_pictures_are_text(right: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    selfcheck.zero_grad(right.Trainer)
    out, err = capsys.readouterr()
    assert "epoch 1, update 1      1" in out
    assert "<" not in out
    assert err == ""


class Slow:
    """A trainer that takes a while before it fails."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def train_epoch(self, dataloader: Any, accumulation_steps: int = 1) -> float:
        wait_for_progress()
        raise NotImplementedError


def wait_for_progress() -> None:
    """Wait until a word of progress was shown, PATIENCE after the start; give up after a while."""
    for _ in range(2000):
        if PROGRESS:
            return
        threading.Event().wait(0.005)


PROGRESS: list[str] = []


def test_what_takes_long_says_so_and_the_result_takes_the_place_of_it(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch, right: ModuleType
) -> None:
    PROGRESS.clear()
    monkeypatch.setattr(display, "PATIENCE", 0.02)
    monkeypatch.setattr(page, "of_progress", lambda text: PROGRESS.append(text) or text)
    slow = type("module", (), {**vars(right), "Trainer": Slow})
    shown, _ = run(shell, "selfcheck.zero_grad(Trainer)", slow)  # type: ignore[arg-type]
    assert re.match(r"self-check of zero_grad\(\) requirement \(\d+ s\)", PROGRESS[0])
    first, *_, last = shown.outputs
    assert first.data["text/plain"] == PROGRESS[0]
    assert "train_epoch() is not written yet" in last.data["text/plain"]


def test_progress_in_plain_python_is_a_line_of_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PROGRESS.clear()
    monkeypatch.setattr(display, "PATIENCE", 0.02)
    monkeypatch.setattr(display.Screen, "_word", lambda self: PROGRESS.append("working") or "working")
    with pytest.raises(selfcheck.SelfCheckFailed):
        selfcheck.zero_grad(Slow)
    assert "... working\n" in capsys.readouterr().out


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
