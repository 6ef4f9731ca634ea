"""What is missing because of an earlier cell has that as its cause, when graded as in `graders check`."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from traitlets.config import Config

from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.graded import GradedSubmission
from graders.grading import Grade, Grader
from graders.runner import Limits, Runner
from graders.submission import read
from graders.truth import Truths
from graders.worker.worker import Worker
from tests.graders.worker.conftest import submitted

NONCE = "5" * 32
NAME = "07_training"
LIMITS = Limits(step_seconds=5)

EXIT = "import os; os._exit(1)\n"
STOPS = {
    "endless": (
        "solution_trainer",
        "while True: pass\n",
        "out_of_time",
        "cell 8 did not end in time: a cell",
    ),
    "killed": ("solution_trainer", EXIT, "ended", "cell 8 ended the kernel: its process"),
    "killed late": ("solution_evaluate", EXIT, "ended", "cell 16 ended the kernel: its process"),
}


@pytest.fixture(scope="module")
def hasty(bundle: Bundle) -> Iterator[Worker]:
    config = copy.deepcopy(bundle.config)
    config.merge(Config({"ExecuteSubmission": {"cell_seconds": LIMITS.step_seconds}}))
    made = Worker(replace(bundle, config=config))
    yield made
    made.close()


@pytest.fixture(scope="module")
def checker(lesson: Assignment) -> Iterator[Grader]:
    with Runner(lesson.folder, LIMITS) as runner:
        yield Grader(lesson, runner, Truths(lesson, runner))


def checked(checker: Grader, notebook: NotebookNode, folder: Path) -> Grade:
    path = folder / f"{NAME}.ipynb"
    nbformat.write(notebook, path)
    return checker.grade(read(path, checker.assignment), NONCE)


def changed(lesson: Assignment, name: str, before: str) -> NotebookNode:
    """The correct submission, with code before that of one cell."""
    notebook: NotebookNode = copy.deepcopy(lesson.notebook)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)
    cell.source = before + cell.source
    return notebook


def verdicts(graded: GradedSubmission) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(graded.notebooks[0].text)["metadata"]["graders"]["verdicts"]
    return found


@pytest.mark.parametrize("name", STOPS)
def test_the_cell_that_did_not_end_is_the_cause_of_what_is_missing(
    hasty: Worker, checker: Grader, lesson: Assignment, tmp_path: Path, name: str
) -> None:
    place, before, cause, told = STOPS[name]
    notebook = changed(lesson, place, before)
    graded = hasty.grade(submitted(notebook), NONCE)
    late = place == "solution_evaluate"
    assert graded.causes == (("modes" if late else "orchestration", cause),)
    (note,) = graded.notes
    assert note.startswith(told)
    found = verdicts(graded)
    lost = {point: verdict for point, verdict in found.items() if verdict["outcome"] == "failed"}
    assert lost.keys() == ({"modes", "history"} if late else found.keys())
    assert all(verdict["cause"] == cause and verdict["seen"].startswith(told) for verdict in lost.values())
    grade = checked(checker, notebook, tmp_path)
    assert {point: (v.cause, v.seen, v.explained_by) for point, v in grade.verdicts.items()} == {
        point: (v["cause"], v["seen"], v["explained_by"]) for point, v in found.items()
    }


def test_an_error_before_is_told_with_type_message_and_place(
    hasty: Worker, checker: Grader, lesson: Assignment, tmp_path: Path
) -> None:
    notebook = changed(lesson, "solution_evaluate", "x = (\n")
    found = verdicts(hasty.grade(submitted(notebook), NONCE))["modes"]
    assert found["cause"] == "raised"
    assert "; before that, cell 16 raised SyntaxError: '(' was never closed (line 1)" in found["seen"]
    assert checked(checker, notebook, tmp_path).verdicts["modes"].seen == found["seen"]


def test_an_error_in_a_method_names_its_cell_and_line(
    hasty: Worker, checker: Grader, lesson: Assignment, tmp_path: Path
) -> None:
    notebook = changed(lesson, "solution_trainer", "")
    cell = next(cell for cell in notebook.cells if "def train_epoch" in cell.source)
    lines = cell.source.splitlines()
    begin = next(number for number, line in enumerate(lines, 1) if "def train_epoch" in line)
    cell.source = "\n".join([*lines[:begin], "        raise ValueError('no')", *lines[begin:]])
    found = verdicts(hasty.grade(submitted(notebook), NONCE))["orchestration"]
    assert found["seen"] == f"ValueError: no (cell 8, line {begin + 1}, in train_epoch)"
    assert checked(checker, notebook, tmp_path).verdicts["orchestration"].seen == found["seen"]


def test_the_release_handed_in_as_it_is_has_nothing_written_in_it(
    hasty: Worker, checker: Grader, repository: Path, tmp_path: Path
) -> None:
    notebook = nbformat.read(repository / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    graded = hasty.grade(submitted(notebook), NONCE)
    assert graded.causes == (("orchestration", "unfinished"),)
    told = {"nothing was written in any of the solution cells"}
    assert {verdict["seen"] for verdict in verdicts(graded).values()} == told
    assert {verdict.seen for verdict in checked(checker, notebook, tmp_path).verdicts.values()} == told


@pytest.mark.parametrize("place", ["solution_trainer", "solution_evaluate"])
def test_judging_again_says_the_same(hasty: Worker, lesson: Assignment, place: str) -> None:
    handed_in = submitted(changed(lesson, place, EXIT))
    graded = hasty.grade(handed_in, NONCE)
    again = hasty.rejudge(handed_in, {NAME: graded.notebooks[0].text.decode()}, NONCE)
    assert verdicts(again) == verdicts(graded) and again.causes == graded.causes
