"""What stands in for a notebook that was not handed in, or cannot be read: the instructor's, unsolved."""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode

from graders.assignment import Assignment, nbgrader_data
from graders.nodes import copy_of


def stand_in(assignment: Assignment, name: str) -> NotebookNode:
    """Return the instructor's notebook of this name, as somebody hands it in who has done nothing."""
    notebook = (
        copy_of(assignment.notebook)
        if name == assignment.name
        else nbformat.read(assignment.folder / f"{name}.ipynb", as_version=4)
    )
    for cell in notebook.cells:
        if nbgrader_data(cell).get("solution"):
            cell.source = ""
    return notebook
