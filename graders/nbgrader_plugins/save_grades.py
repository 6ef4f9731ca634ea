"""Writes the judged points to the gradebook; what was not judged is flagged for manual grading."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import SaveAutoGrades

from graders.assignment import METADATA
from graders.verdict import Outcome


class SaveVerdicts(SaveAutoGrades):
    """nbgrader's SaveAutoGrades; a cell that could not be judged has no score, and waits for a grader."""

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        super()._add_score(cell, resources)
        if cell.metadata.get(METADATA, {}).get("outcome") != Outcome.NOT_JUDGED:
            return
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        grade.auto_score = None
        grade.needs_manual_grade = True
        self.gradebook.db.commit()
