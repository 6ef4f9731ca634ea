"""Leaves hidden tests and evidence out of the feedback, so that next year's class cannot collect them."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, List

from graders.assignment import is_test
from graders.evidence import MIME_TYPE
from graders.feedback.hiding import without_hidden_tests


class HideTests(NbGraderPreprocessor):
    """Removes the hidden regions from the source of test cells, in the feedback alone."""

    show_hidden_tests = Bool(False, help="Leave the source of hidden tests in the feedback.").tag(config=True)

    display_data_priority = List(
        NbGraderPreprocessor.display_data_priority.default_args[0],
        help="nbgrader's feedback converter sets this on each of its preprocessors.",
    ).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Remove the hidden region of a test cell, and the evidence that it left."""
        if is_test(cell):
            cell.outputs = [output for output in cell.outputs if MIME_TYPE not in output.get("data", {})]
            if not self.show_hidden_tests:
                cell.source = without_hidden_tests(cell.source)
        return cell, resources
