"""Claims about pictures in the pages that nbgrader makes of a judged notebook."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import nbgrader
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades
from traitlets.config import Config

from graders.pictures.canvas import draw
from graders.pictures.panels import Lines, words

SKETCH = (Lines("Loss of each epoch", "epoch", ("1", "2"), (1.0, 0.9), (1.0, 0.5)),)
IMAGE = re.compile(r'<img\s[^>]*src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')


@pytest.mark.parametrize("template", ["feedback", "formgrade"])
def test_picture_is_inline_in_the_pages_of_nbgrader(template: str) -> None:
    svg = draw(SKETCH, words(SKETCH))
    output = new_output("display_data", data={"image/svg+xml": svg, "text/plain": words(SKETCH)})
    notebook = new_notebook(cells=[new_code_cell("", outputs=[output])])
    page, _ = exporter(template).from_notebook_node(notebook, resources())
    assert [base64.b64decode(found).decode().strip() for found in IMAGE.findall(page)] == [svg]
    assert f"<pre>{words(SKETCH)}" not in page


def exporter(template: str) -> HTMLExporter:
    """The exporter of `generate_feedback`, or the one that the formgrader makes of the same parts."""
    if template == "feedback":
        converter = GenerateFeedback(parent=None, config=Config())
        return HTMLExporter(config=converter.config, preprocessors=[])
    folder = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [str(folder)]
    return HTMLExporter(config=config)


def resources() -> dict[str, object]:
    """What the templates say around the notebook."""
    names = dict.fromkeys(
        ("assignment_id", "notebook_id", "submission_id", "base_url", "student", "last_name", "first_name"),
        "otter",
    )
    graded = {"notebook": "otter", "score": 1.0, "max_score": 2.0, "late_penalty": 0.0}
    return {**names, "index": 0, "total": 1, "notebook_path": "otter", "nbgrader": graded}


@pytest.mark.parametrize("source", [GetGrades, HTMLExporter])
def test_an_svg_comes_before_its_plain_text_in_the_priority_of_nbgrader_and_nbconvert(source: type) -> None:
    priority = (
        source().display_data_priority
        if source is GetGrades
        else source().default_config.NbConvertBase.display_data_priority
    )
    assert priority.index("image/svg+xml") < priority.index("text/plain")
