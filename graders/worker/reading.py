"""Reading a submitted notebook; where nothing can be read, the instructor's without solutions stands in."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode

from graders.assignment import Assignment
from graders.nbgrader_plugins.stand_in import stand_in
from graders.submission import SubmissionError, decode, parse_notebook


def read(data: bytes | str | None, name: str, assignment: Assignment) -> tuple[NotebookNode, str]:
    """Read a notebook from its bytes; a text says why there are none. Return it, and what is wrong."""
    path = Path(f"{name}.ipynb")
    try:
        if data is None:
            raise SubmissionError(f"{path} does not exist: check its name and folder")
        if isinstance(data, str):
            raise SubmissionError(data)
        return parse_notebook(decode(data, path), path), ""
    except SubmissionError as error:
        return stand_in(assignment, name), str(error)
