"""Courses in temporary folders, worked on with the commands that an instructor types."""

from __future__ import annotations

import copy
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat import NotebookNode

if TYPE_CHECKING:
    from tests.end_to_end.commands import Server

ASSIGNMENT = "07_training"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
MIME_TYPE = "application/vnd.tinystack.evidence"
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n*", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
COMMAND_SECONDS = 600
"""A class of ten takes 40 seconds on an idle machine; this one may be shared."""
COLUMNS = 100


def own_environment() -> dict[str, str]:
    """The commands of this environment first; what a user's own settings say does not matter here."""
    own = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "JUPYTER"))}
    path = os.pathsep.join([own, os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "COLUMNS": str(COLUMNS), "MPLBACKEND": "agg", "NO_COLOR": "1"}


@dataclass(frozen=True)
class CourseFolder:
    """A course, and what is found in it."""

    root: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=own_environment(),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )

    def nbgrader(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an nbgrader command that must succeed."""
        done = self.run("nbgrader", *arguments)
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    def grade(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `graders grade` for the assignment; it must succeed."""
        done = self.run("graders", "grade", ASSIGNMENT, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def submitted(self, student: str) -> Path:
        return self.root / "submitted" / student / ASSIGNMENT

    def hand_in(self, student: str, notebook: NotebookNode | bytes | None) -> Path:
        """Put a submission into submitted/; None is a folder without a notebook."""
        folder = self.submitted(student)
        folder.mkdir(parents=True, exist_ok=True)
        if notebook is not None:
            content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
            (folder / NOTEBOOK).write_bytes(content)
        return folder

    def configure(self, line: str) -> None:
        with (self.root / "nbgrader_config.py").open("a") as config:
            config.write(f"\n{line}\n")

    def rows(self) -> list[dict[str, str]]:
        with (self.root / "grades.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def scores(self) -> dict[str, float]:
        return {row["student_id"]: float(row["score"]) for row in self.rows()}

    def autograded(self, student: str) -> NotebookNode:
        return nbformat.read(self.root / "autograded" / student / ASSIGNMENT / NOTEBOOK, as_version=4)

    def verdicts(self, student: str) -> Mapping[str, Any]:
        return self.autograded(student).metadata["graders"]["verdicts"]

    def points(self, student: str) -> dict[str, float]:
        return {name: verdict["score"] for name, verdict in self.verdicts(student).items()}

    def lost(self, student: str) -> set[str]:
        """The points that a student did not get in full."""
        return {name for name, v in self.verdicts(student).items() if v["score"] < v["max"]}

    def repairs(self, student: str) -> str:
        return "\n".join(self.autograded(student).metadata["graders"].get("repairs", []))

    def evidence(self, student: str) -> dict[str, str]:
        """What each test observed, as it is kept in the autograded notebook."""
        found = {}
        for cell in self.autograded(student).cells:
            for output in cell.get("outputs", []):
                if MIME_TYPE in output.get("data", {}):
                    found[cell.metadata.nbgrader.grade_id] = output.data[MIME_TYPE]
        return found

    def feedback(self, student: str) -> str:
        return (self.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text()

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.root / "gradebook.db")) as database, database:
            return database.execute(statement, values).fetchall()

    def grades(self, student: str) -> dict[str, list[Any]]:
        """By point, from the gradebook: automatic, manual and extra points, and whether a human must look."""
        rows = self.sql(
            "select cell.name, grade.auto_score, grade.manual_score, grade.extra_credit,"
            " grade.needs_manual_grade from grade join base_cell cell on cell.id = grade.cell_id"
            " join submitted_notebook notebook on notebook.id = grade.notebook_id"
            " join submitted_assignment assignment on assignment.id = notebook.assignment_id"
            " where assignment.student_id = ?",
            student,
        )
        return {name: rest for name, *rest in rows}


@dataclass(frozen=True)
class Work:
    """Notebooks as students hand them in, made from the instructor's."""

    source: NotebookNode

    def solved(self, **sources: str) -> NotebookNode:
        """A submission with the reference's solutions, but for the cells given by id."""
        notebook = copy.deepcopy(self.source)
        for cell in notebook.cells:
            cell.source = sources.get(cell.id, HIDDEN.sub("", cell.source))
        return notebook

    def untouched(self) -> NotebookNode:
        """A submission in which nothing was written."""
        return self.solved(**{name: SOLUTION.sub(STUB, self.of(name)) for name in self.solutions()})

    def solutions(self) -> list[str]:
        return [c.id for c in self.source.cells if c.metadata.get("nbgrader", {}).get("solution")]

    def tests(self) -> list[str]:
        return [c.id for c in self.source.cells if c.metadata.get("nbgrader", {}).get("grade")]

    def of(self, name: str) -> str:
        """The reference's source of a cell."""
        return next(cell.source for cell in self.source.cells if cell.id == name)

    def trainer(self, first: str = "", *, cleared: bool = True) -> str:
        """The reference's Trainer; `first` runs first in train_epoch. Not cleared: without zero_grad()."""
        code = self.of("solution_trainer")
        if not cleared:
            code = "".join(line for line in code.splitlines(True) if "zero_grad()" not in line)
        return self._first(code, "self.model.train()", first)

    def evaluate(self, first: str) -> str:
        """The reference's evaluate; `first` runs first in it."""
        return self._first(self.of("solution_evaluate"), "self.model.eval()", first)

    def _first(self, code: str, anchor: str, first: str) -> str:
        before, found, after = code.partition(anchor)
        assert found
        indent = before[before.rindex("\n") + 1 :]
        lines = "".join(f"{line}\n{indent}" for line in first.splitlines())
        return before + lines + found + after


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Starts commands of `graders` for little."""
    from tests.end_to_end.commands import Server

    with Server(tmp_path_factory.mktemp("temporary")) as started:
        yield started


@pytest.fixture(scope="session")
def work(repository: Path) -> Work:
    """Submissions of many kinds."""
    return Work(nbformat.read(repository / "source" / ASSIGNMENT / NOTEBOOK, as_version=4))


@pytest.fixture(scope="session")
def new_course(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], CourseFolder]:
    """new_course(): a copy of the course, without submissions."""

    def make() -> CourseFolder:
        root = tmp_path_factory.mktemp("course")
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(repository / "source", root / "source", ignore=ignored)
        shutil.copy(repository / "nbgrader_config.py", root)
        return CourseFolder(root)

    return make
