"""`graders check`: its JSON, its exit codes, its table, and the files that it takes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from typer.testing import CliRunner, Result

from graders.cli.app import app

POINTS = {
    "orchestration": 15,
    "zero_grad": 15,
    "convergence": 15,
    "scheduling": 15,
    "clipping": 10,
    "modes": 10,
    "checkpointing": 10,
    "accumulation": 5,
    "history": 5,
}
CRITERION_KEYS = {"score", "max", "outcome", "cause", "explained_by", "message"}
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n*", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)

Check = Callable[..., Result]


@pytest.fixture(scope="module")
def course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course, so that nothing is written into the repository."""
    root = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(repository / "source", root / "source", ignore=ignored)
    shutil.copy(repository / "nbgrader_config.py", root)
    return root


@pytest.fixture(scope="module")
def check(course: Path) -> Check:
    """check(*arguments): what `graders check` does in the course."""

    def run(*arguments: object) -> Result:
        command = ["check", "--course", str(course), *map(str, arguments)]
        return CliRunner().invoke(app, command, env={"COLUMNS": "100", "NO_COLOR": "1"})

    return run


@pytest.fixture(scope="module")
def source(repository: Path) -> NotebookNode:
    """The instructor's notebook."""
    return nbformat.read(repository / "source" / "07_training" / "07_training.ipynb", as_version=4)


@pytest.fixture(scope="module")
def files(source: NotebookNode, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reference in each form that can be handed in, with a bug, and files that are no work at all."""
    folder = tmp_path_factory.mktemp("files")
    code = [cell.source for cell in source.cells if cell.cell_type == "code" and not _graded(cell)]
    module = "\n\n".join(text for text in code if not text.startswith(("demo_", "# A visible")))
    submitted, release = nbformat.from_dict(source), nbformat.from_dict(source)
    submitted.cells = [_edited(cell, HIDDEN, "") for cell in source.cells]
    stub = "raise NotImplementedError()"
    release.cells = [_edited(cell, SOLUTION, stub) for cell in submitted.cells]
    without = "\n".join(line for line in module.splitlines() if "zero_grad()" not in line)
    texts = {
        "good.py": module,
        "bad.py": without,
        "source.ipynb": nbformat.writes(source),
        "submitted.ipynb": nbformat.writes(submitted),
        "release.ipynb": nbformat.writes(release),
        "broken.ipynb": "{",
        "syntax.py": "def (",
        "blank.py": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: folder / name for name in (*texts, "gone.py")}


def _graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _edited(cell: NotebookNode, pattern: re.Pattern[str], text: str) -> NotebookNode:
    return nbformat.from_dict({**cell, "source": pattern.sub(text, cell.source)})


def records(result: Result) -> list[dict[str, Any]]:
    """One JSON object per line, and nothing else on stdout."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_of_a_module_that_passes(check: Check, files: dict[str, Path]) -> None:
    result = check("--json", files["good.py"])
    (record,) = records(result)
    assert result.exit_code == 0
    assert (record["file"], record["score"], record["max"]) == (str(files["good.py"]), 100, 100)
    assert {name: c["max"] for name, c in record["criteria"].items()} == POINTS
    for criterion in record["criteria"].values():
        assert criterion.keys() == CRITERION_KEYS
        assert criterion["outcome"] == "passed" and criterion["score"] == criterion["max"]
        assert criterion["cause"] is None and criterion["explained_by"] is None


def test_json_of_a_module_that_fails_names_cause_and_explanation(
    check: Check, files: dict[str, Path]
) -> None:
    result = check("--json", files["bad.py"])
    (record,) = records(result)
    assert result.exit_code == 1 and record["score"] == 70
    zero_grad, convergence = record["criteria"]["zero_grad"], record["criteria"]["convergence"]
    assert zero_grad["outcome"] == "failed" and zero_grad["cause"] and zero_grad["explained_by"] is None
    assert "→ BUG: missing zero_grad() in the training loop" in zero_grad["message"]
    assert convergence["outcome"] == "failed" and convergence["explained_by"] == "zero_grad"


@pytest.mark.parametrize(
    ("name", "score", "code"),
    [("source.ipynb", 100, 0), ("submitted.ipynb", 100, 0), ("release.ipynb", 0, 1)],
)
def test_a_notebook_is_taken_in_each_of_its_forms(
    check: Check, files: dict[str, Path], name: str, score: float, code: int
) -> None:
    result = check("--json", files[name])
    (record,) = records(result)
    assert (record["score"], result.exit_code) == (score, code)


def test_what_is_not_written_yet_is_called_unfinished(check: Check, files: dict[str, Path]) -> None:
    (record,) = records(check("--json", files["release.ipynb"]))
    assert {c["cause"] for c in record["criteria"].values()} <= {"unfinished", "not_defined"}


@pytest.mark.parametrize("name", ["syntax.py", "blank.py"])
def test_a_module_without_the_names_is_read_and_gets_nothing(
    check: Check, files: dict[str, Path], name: str
) -> None:
    result = check("--json", files[name])
    (record,) = records(result)
    assert (record["score"], result.exit_code) == (0, 1)
    assert all(criterion["cause"] for criterion in record["criteria"].values())


@pytest.mark.parametrize("name", ["gone.py", "broken.ipynb"])
def test_a_file_that_cannot_be_read_is_named_and_ends_with_2(
    check: Check, files: dict[str, Path], name: str
) -> None:
    result = check(files[name])
    assert result.exit_code == 2 and result.stdout == ""
    assert str(files[name]) in result.stderr and "Traceback" not in result.stderr


def test_many_files_in_one_call_are_graded_in_order_whatever_is_wrong_with_one(
    check: Check, files: dict[str, Path]
) -> None:
    names = ["bad.py", "gone.py", "good.py", "broken.ipynb", "submitted.ipynb"]
    result = check("--json", *(files[name] for name in names))
    found = records(result)
    assert [record["file"] for record in found] == [str(files[name]) for name in names]
    assert [record.get("score") for record in found] == [70, None, 100, None, 100]
    assert "does not exist" in found[1]["error"] and "no JSON" in found[3]["error"]
    assert result.exit_code == 2


def test_one_failure_among_passes_ends_with_1(check: Check, files: dict[str, Path]) -> None:
    assert check(files["good.py"], files["bad.py"]).exit_code == 1
    assert check(files["good.py"], files["good.py"]).exit_code == 0


def test_the_table_has_nine_rows_with_points_and_causes_in_100_columns(
    check: Check, files: dict[str, Path]
) -> None:
    result = check(files["bad.py"])
    shown = result.stdout
    assert "70 of 100 points" in shown.replace("\n", " ")
    rows = [line for line in shown.splitlines() if re.search(r"\d+ / \d+", line)]
    assert len(rows) == len(POINTS) and all(len(line) <= 100 for line in shown.splitlines())
    assert "explained by: zero_grad()" in shown and "missing zero_grad()" in shown
    for label in ("Seen:", "Expected:", "Likely cause:", "Where to look:"):
        assert label in shown


def test_another_nonce_gives_the_same_scores(check: Check, files: dict[str, Path]) -> None:
    (one,), (other,) = (
        records(check("--json", "--nonce", nonce, files["bad.py"])) for nonce in ("one", "other")
    )
    scores = [{name: c["score"] for name, c in record["criteria"].items()} for record in (one, other)]
    assert scores[0] == scores[1]
    messages = [[c["message"] for c in record["criteria"].values()] for record in (one, other)]
    assert messages[0] != messages[1] or one["score"] == 70


def test_an_assignment_that_does_not_exist_is_refused_with_those_that_do(
    check: Check, files: dict[str, Path]
) -> None:
    result = check("--assignment", "08_nothing", files["good.py"])
    assert result.exit_code == 2
    assert "there is no assignment '08_nothing'" in result.stderr and "07_training" in result.stderr


@pytest.mark.parametrize("copied", [False, True], ids=["by its name", "by its cells"])
def test_a_notebook_of_another_assignment_is_judged_by_that_one(
    check: Check, course: Path, files: dict[str, Path], tmp_path: Path, copied: bool
) -> None:
    path = course / "source" / "08_adam" / "08_adam.ipynb"
    if copied:
        path = Path(shutil.copy(path, tmp_path / "homework.ipynb"))
    (other, usual) = records(result := check("--json", path, files["good.py"]))
    assert result.exit_code == 0
    assert (other["assignment"], other["score"], other["max"]) == ("08_adam", 20, 20)
    assert (usual["assignment"], usual["score"]) == ("07_training", 100)


def test_the_assignment_that_a_file_was_taken_for_is_named(check: Check, files: dict[str, Path]) -> None:
    first = check(files["bad.py"]).stdout.splitlines()[0]
    assert first == f"{files['bad.py']}: 70 of 100 points in 07_training"


def test_checking_leaves_no_gradebook_and_no_folders_of_nbgrader(
    check: Check, course: Path, files: dict[str, Path]
) -> None:
    check(files["good.py"])
    there = {path.name for path in course.iterdir()}
    assert there <= {"source", "nbgrader_config.py", ".graders"}
