"""The gradebook's numbers for one notebook of one student, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CellGrade:
    """Points of a graded cell, manual ones and extra credit among them, and the most that it gives.

    comment: what a human, or nbgrader, wrote about the cell, in Markdown; empty where nothing was written.
    score and max_score are None for a cell that only has a comment.
    """

    score: float | None = None
    max_score: float | None = None
    comment: str = ""


@dataclass(frozen=True)
class Grades:
    """What the gradebook says of a notebook.

    notebook: its name. score, max_score: points of the notebook, the late penalty already taken off.
    late_penalty: points. cells: by grade_id.
    """

    notebook: str
    score: float
    max_score: float
    late_penalty: float = 0.0
    cells: Mapping[str, CellGrade] = field(default_factory=dict)

    def of(self, grade_id: str) -> CellGrade:
        """Return what is known of a cell."""
        return self.cells.get(grade_id, CellGrade())


def number(points: float) -> str:
    """Write points with at most two decimals, without needless zeros."""
    return f"{round(float(points), 2):g}"
