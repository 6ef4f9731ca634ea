"""Makes nbgrader's feedback the page of `graders.feedback`."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import Unicode

from graders.assignment import nbgrader_data
from graders.feedback import CellGrade, Grades, render


class FeedbackExporter(Exporter):
    """Renders the page from what GetGrades leaves in the notebook; hidden tests are HideTests' matter."""

    file_extension = Unicode(".html", help="Ending of the pages.").tag(config=True)

    output_mimetype = "text/html"

    def from_notebook_node(  # type: ignore[override]  # a page, as other exporters return too
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Run the preprocessors, and make the page of what comes out."""
        notebook, found = super().from_notebook_node(nb, resources, **options)
        return render(notebook, grades_in(notebook, found["nbgrader"]), show_hidden_tests=True), found


def grades_in(notebook: NotebookNode, found: dict[str, Any]) -> Grades:
    """Collect what GetGrades wrote into the cells' metadata and the resources."""
    cells = {}
    for data in map(nbgrader_data, notebook.cells):
        if data.get("grade_id"):
            score, most = data.get("score"), data.get("points")
            cells[str(data["grade_id"])] = CellGrade(
                None if "score" not in data else float(score or 0),
                None if "score" not in data else float(most or 0),
                str(data.get("comment") or ""),
            )
    return Grades(
        str(found["notebook"]),
        float(found["score"]),
        float(found["max_score"]),
        float(found["late_penalty"] or 0),
        cells,
    )
