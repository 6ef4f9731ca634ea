"""Makes the sample class, examples/class/, from the students' pieces of code in examples/students/.

A file <student>/<cell>.py is for the cell of that id in the release version, written in the percent format:

    its first lines          the student's source of that cell; where there are none, the cell stays as it is
    # %%                     starts a code cell of the student's own, after the ones before it
    # %% [markdown]          starts a note, each line of which begins with "# "
    # %% split               starts the second half of a cell that the student has split, as Jupyter does it

Run `python examples/build_class.py` after a change of these files or of the instructor's notebook. With
`--check` nothing is written; the files that are not up to date are named, and the exit code is then 1.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config.loader import PyFileConfigLoader

EXAMPLES = Path(__file__).resolve().parent
COURSE = EXAMPLES.parent
STUDENTS = EXAMPLES / "students"
CLASS = EXAMPLES / "class"
ASSIGNMENT = "07_training"
REMEDY = "python examples/build_class.py"

DELETED = {"fern": ("modes",)}
"""Cells that a student has deleted."""

DUPLICATED = {"gecko": ("clipping",)}
"""Cells that a student has twice, one after the other."""

CUT_OFF = {"moth": 0.5}
"""Notebooks that were not saved completely, and the share that is left of the file."""

CELL_START = re.compile(r"^# %%(.*)\n", re.MULTILINE)


def main() -> int:
    """Write the class, or check it; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the sample class in examples/class/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if files are out of date")
    if not parser.parse_args().check:
        write(CLASS, build())
        return 0
    stale = out_of_date(CLASS, build())
    for path in stale:
        print(f"{CLASS / path} is out of date: run {REMEDY}", file=sys.stderr)
    return 1 if stale else 0


def build() -> dict[Path, bytes]:
    """Make all files of the class, by their paths below the class's folder."""
    release = release_version()
    files = {}
    for folder in sorted(path for path in STUDENTS.iterdir() if path.is_dir()):
        target = Path(folder.name) / ASSIGNMENT
        files[target / f"{ASSIGNMENT}.ipynb"] = submission(folder, release)
        files[target / "timestamp.txt"] = (folder / "timestamp.txt").read_bytes()
    return files


def write(target: Path, files: dict[Path, bytes]) -> None:
    """Write the files that have changed, and remove those that are not part of the class."""
    for path in out_of_date(target, files):
        if path not in files:
            (target / path).unlink()
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(files[path])


def out_of_date(target: Path, files: dict[Path, bytes]) -> list[Path]:
    """Files that are missing, that differ, or that should not be there."""
    there = {path.relative_to(target) for path in target.rglob("*") if path.is_file()}
    same = {path for path in there & files.keys() if (target / path).read_bytes() == files[path]}
    return sorted((there | files.keys()) - same)


def release_version() -> NotebookNode:
    """What `nbgrader generate_assignment` makes of the instructor's notebook, without a gradebook."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(COURSE)).load_config()
    notebook: NotebookNode = nbformat.read(
        COURSE / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4
    )
    resources = {"nbgrader": {"assignment": ASSIGNMENT, "notebook": ASSIGNMENT, "student": "."}}
    for step in GenerateAssignment(config=config).preprocessors:
        if step is not SaveCells:
            notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def submission(folder: Path, release: NotebookNode) -> bytes:
    """The notebook that a student hands in, as the bytes of the file."""
    pieces = {path.stem: path.read_text() for path in sorted(folder.glob("*.py"))}
    unknown = pieces.keys() - {cell.id for cell in release.cells}
    if unknown:
        raise SystemExit(f"{folder}: the notebook has no cells {', '.join(sorted(unknown))}")
    notebook = copy.deepcopy(release)
    notebook.cells = list(_edited(notebook.cells, pieces, folder.name))
    nbformat.validate(notebook)
    content: bytes = (nbformat.writes(notebook) + "\n").encode()
    return content[: int(len(content) * CUT_OFF.get(folder.name, 1))]


def _edited(cells: Iterable[NotebookNode], pieces: dict[str, str], student: str) -> Iterator[NotebookNode]:
    """The cells as the student left them."""
    for cell in cells:
        if cell.id in DELETED.get(student, ()):
            continue
        yield from _written(cell, pieces.get(cell.id, ""), student)
        if cell.id in DUPLICATED.get(student, ()):
            yield _copied(cell, _new_id(student, cell.id, "copy"))


def _written(cell: NotebookNode, piece: str, student: str) -> Iterator[NotebookNode]:
    """A cell with the student's source, and the cells that the student put behind it."""
    source, *further = CELL_START.split(piece)
    if source.strip():
        cell.source = source.strip("\n")
    yield cell
    for number, (kind, text) in enumerate(zip(further[::2], further[1::2], strict=True)):
        yield _further(cell, kind.strip(), text.strip("\n"), _new_id(student, cell.id, str(number)))


def _further(cell: NotebookNode, kind: str, text: str, new_id: str) -> NotebookNode:
    if kind == "[markdown]":
        note: NotebookNode = nbformat.v4.new_markdown_cell(_uncommented(text), id=new_id)
        return note
    if kind == "split":
        half = _copied(cell, new_id)
        half.source = text
        return half
    own: NotebookNode = nbformat.v4.new_code_cell(text, id=new_id)
    return own


def _uncommented(text: str) -> str:
    return re.sub(r"^# ?", "", text, flags=re.MULTILINE)


def _copied(cell: NotebookNode, new_id: str) -> NotebookNode:
    """A copy as Jupyter makes it: with all metadata, and an id of its own."""
    copied = copy.deepcopy(cell)
    copied.id = new_id
    return copied


def _new_id(*names: str) -> str:
    """An id in the form that JupyterLab gives, the same in every run."""
    return hashlib.sha256("/".join(names).encode()).hexdigest()[:8]


if __name__ == "__main__":
    sys.exit(main())
