"""Fits a mangled notebook into the instructor's frame, before nbgrader looks at it."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from graders.assignment import METADATA
from graders.nbgrader_plugins.course import assignment_of, course_directory, has_experiments
from graders.repair import repair


class RepairNotebook(NbGraderPreprocessor):
    """Puts each of the instructor's cells back in its place, once; notes the repairs in the metadata."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Repair a submitted notebook; runs first of all sanitizers."""
        coursedir, name = course_directory(self), resources["nbgrader"]["assignment"]
        if not has_experiments(coursedir, name):
            return nb, resources
        assignment = assignment_of(coursedir, name)
        if resources["nbgrader"]["notebook"] != assignment.name:
            return nb, resources
        repaired = repair(nb, assignment.notebook)
        for note in repaired.repairs:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
        notes = {"repairs": list(repaired.repairs)}
        if resources.get("problem"):
            notes["problem"] = resources["problem"]
        repaired.notebook.metadata[METADATA] = notes
        return repaired.notebook, resources
