"""Points and comments of an autograded notebook, by nbgrader's rules."""

from __future__ import annotations

from nbformat import NotebookNode
from nbgrader import utils

from graders.assignment import METADATA, nbgrader_data
from graders.verdict import Outcome

NO_RESPONSE = "No response."
"""What nbgrader comments on a solution cell that was left as it was."""


def scores(notebook: NotebookNode) -> dict[str, float | None]:
    """Return automatic points by grade_id; None where a human has to grade, or nothing could be judged."""
    return {nbgrader_data(cell).grade_id: _score(cell) for cell in _marked(notebook) if utils.is_grade(cell)}


def _score(cell: NotebookNode) -> float | None:
    if cell.metadata.get(METADATA, {}).get("outcome") == Outcome.NOT_JUDGED:
        return None
    points: float | None = utils.determine_grade(cell)[0]
    return points


def comments(notebook: NotebookNode) -> dict[str, str | None]:
    """Return automatic comments by grade_id, for solution and task cells."""
    cells = [cell for cell in _marked(notebook) if utils.is_solution(cell) or utils.is_task(cell)]
    return {nbgrader_data(cell).grade_id: NO_RESPONSE if _is_untouched(cell) else None for cell in cells}


def _marked(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that nbgrader knows: to ask it of each of the others takes longer."""
    return [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]


def _is_untouched(cell: NotebookNode) -> bool:
    same: bool = nbgrader_data(cell).get("checksum") == utils.compute_checksum(cell)
    return same and not utils.is_task(cell)
