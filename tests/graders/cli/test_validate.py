"""`graders validate`: what has no checks does not pass, and a kernel has nothing to warn of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from typer.testing import CliRunner, Result

from graders.cli.app import app


def cell(source: str, **data: object) -> NotebookNode:
    """A cell of nbgrader's."""
    settings = {"grade_id": "c", "schema_version": 3, "locked": True, "solution": False, "task": False}
    return new_code_cell(source, metadata={"nbgrader": {**settings, "grade": False, **data}})


def written(path: Path, *cells: NotebookNode) -> Path:
    nbformat.write(new_notebook(cells=[*cells]), path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["validate", *map(str, arguments)])


@pytest.mark.parametrize(
    "cells",
    [(), (new_code_cell("1 / 0"), new_markdown_cell("# Title")), (cell("import math"),)],
    ids=["no cells", "no cells of nbgrader's", "a locked cell that is no check"],
)
def test_a_notebook_without_checks_is_no_success(tmp_path: Path, cells: tuple[NotebookNode, ...]) -> None:
    path = written(tmp_path / "none.ipynb", *cells)
    result = run(path)
    assert result.exit_code == 2 and "Success" not in result.output
    assert f"{path} has no checks" in result.output.replace("\n", " ") and "handed out" in result.output


def test_checks_are_run_and_nothing_else_is_printed(tmp_path: Path) -> None:
    good = written(tmp_path / "good.ipynb", cell("assert True", grade=True, points=1))
    bad = written(tmp_path / "bad.ipynb", cell("assert False", grade=True, points=1))
    command = [sys.executable, "-m", "graders", "validate", "--json", str(good), str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"file": str(good)} and second["failed"][0]["source"] == "assert False"
    assert (done.returncode, done.stderr) == (1, "")
