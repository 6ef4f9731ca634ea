"""A submission as code: a plain module, or a notebook in source, release or submitted form."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from graders.assignment import Assignment, code_cells
from graders.repair import repair

MAX_BYTES = 32 * 1024 * 1024
"""A notebook with pictures in it takes some megabytes; what is much larger is no homework."""


class SubmissionError(Exception):
    """A submission that cannot be read. The message names the file, what is wrong with it, and the remedy."""


@dataclass(frozen=True)
class Submission:
    """The code of a submission, ready to be run: cells in order, and what had to be repaired."""

    cells: tuple[str, ...]
    is_module: bool
    repairs: tuple[str, ...] = ()


def read(path: Path, assignment: Assignment) -> Submission:
    """Read a plain Python module or a notebook.

    Raises:
        SubmissionError: the file is missing, too large, no text, or no notebook.
    """
    if path.suffix == ".ipynb":
        repaired = repair(read_notebook(path), assignment.notebook)
        return Submission(code_cells(repaired.notebook), is_module=False, repairs=repaired.repairs)
    return Submission((read_text(path),), is_module=True)


def read_text(path: Path) -> str:
    """Read a text file in UTF-8. Raises SubmissionError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SubmissionError(
                f"{path} is larger than {MAX_BYTES >> 20} MiB: clear its outputs and hand it in again"
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SubmissionError(f"{path} does not exist: check its name and folder") from None
    except IsADirectoryError:
        raise SubmissionError(f"{path} is a folder: name the file in it") from None
    except OSError as error:
        raise SubmissionError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SubmissionError(
            f"{path} is no text in UTF-8: save it again from Jupyter or an editor"
        ) from None


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of any version, as nbformat 4. Raises SubmissionError."""
    return parse_notebook(read_text(path), path)


def parse_notebook(text: str, path: Path) -> NotebookNode:
    """Read a notebook from its text; `path` is named in errors. Raises SubmissionError."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise SubmissionError(
            f"{path} is no JSON: it was not saved completely, or is no notebook; save and hand it in again"
        ) from None
    if not isinstance(raw, dict) or ("cells" not in raw and "worksheets" not in raw):
        raise SubmissionError(f"{path} is JSON, but no notebook: hand in the file that Jupyter saves")
    try:
        if "nbformat" not in raw:
            raise ValueError("it names no version of the notebook format")
        with warnings.catch_warnings(action="ignore"):  # such as cell ids that are there twice
            notebook: NotebookNode = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
    except Exception as error:  # nbformat raises errors of many kinds on malformed input
        return _salvage(raw, path, error)
    return notebook


def _salvage(raw: dict[str, object], path: Path, error: Exception) -> NotebookNode:
    """Keep what can be kept of a notebook that is not valid: cells whose source is text."""
    cells = raw.get("cells")
    if not isinstance(cells, list):
        raise SubmissionError(
            f"{path} is no valid notebook ({str(error)[:200]}): open, save and hand it in again"
        )
    kept = [_cell(cell) for cell in cells if isinstance(cell, dict)]
    notebook: NotebookNode = v4.new_notebook(cells=[cell for cell in kept if cell is not None])
    return notebook


def _cell(raw: dict[str, object]) -> NotebookNode | None:
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    is_code = raw.get("cell_type") == "code"
    cell: NotebookNode = v4.new_code_cell(source) if is_code else v4.new_markdown_cell(source)
    metadata = raw.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("nbgrader"), dict):
        cell.metadata["nbgrader"] = NotebookNode(metadata["nbgrader"])
    return cell
