"""Fits a mangled notebook into the instructor's frame, before nbgrader looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from graders.assignment import METADATA, Assignment
from graders.nbgrader_plugins.course import assignment_of, course_directory, has_experiments
from graders.repair import repair


class RepairNotebook(NbGraderPreprocessor):
    """Puts each of the instructor's cells back in its place, once; notes the repairs in the metadata."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair a submitted notebook; runs first of all sanitizers."""
        coursedir, names = course_directory(self), resources["nbgrader"]
        if not has_experiments(coursedir, names["assignment"]):
            return nb, resources
        assignment = assignment_of(coursedir, names["assignment"])
        fitted = fit(nb, names["notebook"], assignment, resources.get("problem", ""))
        for note in fitted.metadata[METADATA]["repairs"]:
            self.log.warning("%s: %s", names["student"], note)
        return fitted, resources


def fit(
    nb: NotebookNode, name: str, assignment: Assignment, problem: str, known: Sequence[str] = ()
) -> NotebookNode:
    """Return a submitted notebook as it is graded, with what was wrong with it noted in its metadata.

    The assignment's own notebook is repaired; of any other, only what a student has put where the grader
    writes is removed. problem: why the instructor's stands in for it, if so. known: notes on the submission,
    which come before the repairs.
    """
    notes: dict[str, Any] = {"repairs": []}
    if name == assignment.name:
        repaired = repair(nb, assignment.notebook)
        nb, notes["repairs"] = repaired.notebook, [*known, *repaired.repairs]
    if problem:
        notes["problem"] = problem
    for cell in nb.cells:
        cell.metadata.pop(METADATA, None)
    nb.metadata[METADATA] = notes
    return nb
