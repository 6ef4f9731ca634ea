"""Some of nbgrader's preprocessors, without a database, and without doing again what is known already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from nbformat import NotebookNode
from nbgrader.api import MissingEntry
from nbgrader.preprocessors import CheckCellMetadata, NbGraderPreprocessor, OverwriteCells

from graders.gradebook.records import Frame, FrameCell


class FrameGradebook:
    """Answers what OverwriteCells asks a gradebook."""

    def __init__(self, cells: Mapping[str, FrameCell]) -> None:
        self._cells = cells

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> FrameCell:
        """Find a cell by its grade_id. Raises MissingEntry, as nbgrader does."""
        if name not in self._cells:
            raise MissingEntry(f"no cell {name!r} in notebook {notebook!r} of {assignment!r}")
        return self._cells[name]

    find_graded_cell = find_source_cell


class OverwriteFromFrame(OverwriteCells):
    """Restores locked cells and nbgrader's metadata from the frame."""

    def __init__(self, frame: Frame, **options: Any) -> None:
        super().__init__(**options)
        self._frame = frame

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Do for each cell what nbgrader's class does; missing cells were put back before."""
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        self.gradebook = FrameGradebook(self._frame.notebooks[self.notebook_id].cells)
        for index, cell in enumerate(nb.cells):
            nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
        return nb, resources


class KernelspecFromFrame(NbGraderPreprocessor):
    """Sets the instructor's kernelspec."""

    def __init__(self, frame: Frame, **options: Any) -> None:
        super().__init__(**options)
        self._frame = frame

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the submission's kernelspec, if the instructor's notebook has one."""
        kernelspec = json.loads(self._frame.notebooks[resources["nbgrader"]["notebook"]].kernelspec or "null")
        if kernelspec:
            nb.metadata["kernelspec"] = kernelspec
        return nb, resources


class CheckMetadataOnce(CheckCellMetadata):
    """Validates nbgrader's metadata, of notebooks that have the same only once in a process."""

    _valid: ClassVar[set[str]] = set()

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Validate what has not been seen before. Raises nbgrader's ValidationError."""
        marks = [
            (cell.cell_type, cell.metadata["nbgrader"]) for cell in nb.cells if "nbgrader" in cell.metadata
        ]
        key = json.dumps(marks, sort_keys=True)
        if key not in self._valid:
            nb, resources = super().preprocess(nb, resources)
            self._valid.add(key)
        return nb, resources
