"""Reads submissions for nbgrader: what cannot be read becomes an empty notebook that says why."""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode

from graders.assignment import nbgrader_data
from graders.nbgrader_plugins.course import assignment_of, course_directory, has_experiments
from graders.submission import SubmissionError, read_notebook


class SubmissionExporter(NotebookExporter):
    """nbgrader's exporter, proof against files that are missing, cut short, or no notebooks at all."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Read and convert a notebook.

        One that cannot be read is replaced by the instructor's, without solutions.
        """
        resources = resources if resources is not None else {}
        resources["metadata"] = {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        try:
            notebook = read_notebook(Path(filename))
        except SubmissionError as error:
            name = resources["nbgrader"]["assignment"]
            if not has_experiments(course_directory(self), name):
                raise
            self.log.warning("%s", error)
            resources["problem"] = str(error).replace(filename, Path(filename).name)
            notebook = self._empty(name)
        return self.from_file(io.StringIO(nbformat.writes(notebook)), resources=resources, **options)

    def _empty(self, assignment: str) -> NotebookNode:
        notebook = copy.deepcopy(assignment_of(course_directory(self), assignment).notebook)
        for cell in notebook.cells:
            if nbgrader_data(cell).get("solution"):
                cell.source = ""
        return notebook
