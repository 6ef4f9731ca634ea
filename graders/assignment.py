"""An assignment as its instructor wrote it: the notebook's pieces, the experiments and their points."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import graders.lean_imports.nbformat  # noqa: F401 (comes before nbformat)

# isort: split
import nbformat
from nbformat import NotebookNode

HIDDEN_TESTS = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS\n(.*?)^[ \t]*### END HIDDEN TESTS", re.DOTALL | re.MULTILINE
)
"""nbgrader's markers of a hidden region, with their defaults."""

METADATA = "graders"
"""Key in metadata for what grading notes there; what students write under it is dropped."""

NO_DATA = NotebookNode()
"""The nbgrader metadata of cells that have none."""

EXPERIMENT = ".lab.experiment("
"""What the cell of an experiment says."""


class AssignmentError(Exception):
    """The instructor's own files are not as they must be. The message names the file and the remedy."""


@dataclass(frozen=True)
class Experiment:
    """A hidden test: the name of its cell, its code, and the points it is worth."""

    name: str
    code: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """An assignment's folder, its notebook, and what is graded in it."""

    name: str
    folder: Path
    notebook: NotebookNode
    experiments: tuple[Experiment, ...]

    @property
    def reference(self) -> tuple[str, ...]:
        """The code cells that define the reference solution: all but the tests."""
        return code_cells(self.notebook)

    @property
    def points(self) -> dict[str, float]:
        """The most that each experiment earns, in the order of the notebook."""
        return {experiment.name: experiment.points for experiment in self.experiments}

    def digest(self) -> str:
        """A digest of everything that the truth depends on: the notebook's code and the files beside it."""
        digest = hashlib.sha256()
        for text in (*self.reference, *(experiment.code for experiment in self.experiments)):
            digest.update(text.encode() + b"\0")
        for path in sorted(self.folder.rglob("*.py")):
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:32]


def mentions_experiments(notebook: Path) -> bool:
    """Whether a notebook's file has experiments; other assignments are nbgrader's to grade."""
    return notebook.is_file() and EXPERIMENT in notebook.read_text("utf-8", errors="replace")


def load(folder: Path) -> Assignment:
    """Read an assignment from its folder under `source/`; the notebook has the folder's name.

    Raises:
        AssignmentError: the notebook is missing or unreadable, or has no hidden tests.
    """
    path = folder / f"{folder.name}.ipynb"
    if not path.is_file():
        raise AssignmentError(f"{path} is missing: an assignment's notebook has the name of its folder")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises errors of many kinds on what is no notebook
        raise AssignmentError(f"{path} cannot be read as a notebook: {error}") from None
    experiments = tuple(
        _experiment(cell, path)
        for cell in notebook.cells
        if is_test(cell) and hidden_code(cell.source) is not None
    )
    _check_names([experiment.name for experiment in experiments], path)
    return Assignment(folder.name, folder.resolve(), notebook, experiments)


def _experiment(cell: NotebookNode, path: Path) -> Experiment:
    code = hidden_code(cell.source)
    assert code is not None
    data = nbgrader_data(cell)
    try:
        return Experiment(str(data["grade_id"]), code, float(data["points"]))
    except (KeyError, TypeError, ValueError):
        raise AssignmentError(
            f"{path}: a test cell has no grade_id or no points; set them in JupyterLab's Create Assignment"
        ) from None


def _check_names(names: list[str], path: Path) -> None:
    if not names:
        raise AssignmentError(f"{path} has no test cell with a '### BEGIN HIDDEN TESTS' region")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AssignmentError(
            f"{path} has several test cells named {', '.join(twice)}: a grade_id is used once"
        )


def nbgrader_data(cell: NotebookNode) -> NotebookNode:
    """Return a cell's nbgrader metadata, empty where it has none that can be read; not to be changed then."""
    data = cell["metadata"].get("nbgrader")  # by key, not by attribute: that takes four times as long
    return data if isinstance(data, NotebookNode) else NO_DATA


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is a test that nbgrader scores by itself."""
    if cell["cell_type"] != "code":
        return False
    data = nbgrader_data(cell)
    return bool(data.get("grade")) and not data.get("solution")


@lru_cache(256)
def hidden_code(source: str) -> str | None:
    """Return the code in the hidden region of a test cell of the instructor's; None where it has none."""
    match = HIDDEN_TESTS.search(source)
    return match.group(1) if match else None


def code_cells(notebook: NotebookNode) -> tuple[str, ...]:
    """Return the sources of all code cells but the tests, in order."""
    return tuple(cell.source for cell in notebook.cells if cell.cell_type == "code" and not is_test(cell))
