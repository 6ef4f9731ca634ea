"""Reads submissions for nbgrader: what cannot be read becomes an empty notebook that says why."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode

from graders.nbgrader_plugins.course import assignment_of, course_directory, has_experiments
from graders.nbgrader_plugins.stand_in import stand_in
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
            coursedir, names = course_directory(self), resources["nbgrader"]
            if not has_experiments(coursedir, names["assignment"]):
                raise
            self.log.warning("%s", error)
            resources["problem"] = str(error).replace(filename, Path(filename).name)
            notebook = stand_in(assignment_of(coursedir, names["assignment"]), names["notebook"])
        return self.from_file(io.StringIO(nbformat.writes(notebook)), resources=resources, **options)
