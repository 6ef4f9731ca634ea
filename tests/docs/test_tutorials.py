"""Tutorials and worked examples end as written: their commands are run in a copy of the working tree.

Of a block `console` each line is a command, which must succeed. A block `text` after it names what they
print: each of its lines is in their output. Blocks `sh` are for the reader alone: they install, or start a
server.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Block, Page

pytestmark = pytest.mark.timeout(900)

COMMAND_SECONDS = 600
WHOLE = ("source", "graders", "specimens", "examples", "docs")
FILES = ("nbgrader_config.py", "pyproject.toml", "README.md")


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone for the tests of this module."""
    return cloned(repository, tmp_path_factory.mktemp("clone"))


def cloned(repository: Path, root: Path) -> Path:
    """What a clone holds of the course, with the package as it is now."""
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in WHOLE:
        if (repository / name).is_dir():
            shutil.copytree(repository / name, root / name, ignore=ignored)
    for name in FILES:
        shutil.copy(repository / name, root)
    return root


def environment(root: Path) -> dict[str, str]:
    """The commands of this environment first, and the package of the clone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "JUPYTER"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        **kept,
        "PATH": path,
        "PYTHONPATH": str(root),
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "MPLBACKEND": "agg",
    }


def run(command: str, root: Path) -> str:
    """Run a command in the shell; return what it printed, blanks as one."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return re.sub(r"\s+", " ", done.stdout + done.stderr)


def follow(blocks: Sequence[Block], root: Path) -> int:
    """Run the commands, compare what they print with what is written there, and return their number."""
    printed, commands = "", 0
    for block in blocks:
        if block.language == "console":
            lines = [line for line in block.text.splitlines() if line]
            printed = " ".join(run(line, root) for line in lines)
            commands += len(lines)
        elif block.language == "text":
            wanted = [re.sub(r"\s+", " ", line.strip()) for line in block.text.splitlines()]
            assert [line for line in wanted if line not in printed] == [], printed
    return commands


def test_the_commands_of_the_instructor_s_tutorial_work_in_their_order(
    page: Callable[[str], Page], clone: Path
) -> None:
    assert follow(page("tutorial/instructor.md").blocks, clone) >= 10


def test_the_pages_that_the_instructor_s_tutorial_promises_are_there(clone: Path) -> None:
    """Runs after the commands, in the same clone."""
    for name in ("feedback/badger/07_training/07_training.html", "07_training-report.html", "report.csv"):
        assert (clone / name).is_file(), name
    report = (clone / "07_training-report.html").read_text("utf-8")
    assert 'href="feedback/badger/07_training/07_training.html"' in report


def test_the_check_of_the_student_s_tutorial_says_what_is_written_there(
    page: Callable[[str], Page], repository: Path
) -> None:
    blocks = page("tutorial/student.md").blocks
    (code, said), *_ = [
        (block.text, after.text)
        for block, after in pairwise(blocks)
        if (block.language, after.language) == ("python", "text")
    ]
    folder = repository / "source" / "07_training"
    command = [sys.executable, "-B", "-W", "error", "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=COMMAND_SECONDS
    )
    assert done.returncode == 1  # a check that fails ends its cell
    printed = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert [line for line in said.splitlines() if line not in printed] == [], printed


def test_the_worked_example_of_a_new_experiment_ends_as_written(
    page: Callable[[str], Page], repository: Path, tmp_path: Path
) -> None:
    blocks = page("how-to/add-an-experiment.md").blocks
    header, cell = (block for block in blocks if block.language == "python")
    root = cloned(repository, tmp_path)
    trainer = (root / "graders" / "wheats" / "plain_modulo.py").read_text("utf-8")
    code = trainer.split('"""', 2)[2].replace("self.loss_fn = loss_fn", "self.loss_fn = loss_fn.forward")
    (root / "other_loss_fn.py").write_text(header.text + code, "utf-8")
    assert follow(blocks[: blocks.index(cell)], root) == 1
    add_test_cell(root / "source" / "07_training" / "07_training.ipynb", "attributes", cell.text)
    assert follow(blocks[blocks.index(cell) + 1 :], root) == 3


def add_test_cell(path: Path, name: str, code: str) -> None:
    """Add a cell as the Create Assignment sidebar makes one of Autograder tests."""
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell(code, id=name)
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": name,
        "locked": True,
        "points": 5,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    notebook.cells.append(cell)
    nbformat.write(notebook, path)
