"""Makes the feedback page of a notebook."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from nbformat import NotebookNode

from graders.feedback.cells import Cell, cells
from graders.feedback.grades import Grades, number
from graders.feedback.outline import Outline
from graders.feedback.summary import summarize

FOLDER = Path(__file__).parent


def render(notebook: NotebookNode, grades: Grades, *, show_hidden_tests: bool = False) -> str:
    """Make the page of an autograded notebook, which is left as it is.

    show_hidden_tests: leave the source of hidden tests in it, as it is in the notebook.
    """
    summary, outline = summarize(notebook.metadata, grades), Outline()
    titles = {row.name: row.title for row in summary.rows}
    shown = list(cells(notebook, grades, titles, outline, show_hidden_tests))
    return _template().render(
        grades=grades,
        summary=summary,
        titles=titles,
        cells=shown,
        others=[cell for cell in shown if cell.points and not _is_point(cell, titles)],
        commented=[cell for cell in shown if cell.comment],
        contents=outline.contents(),
    )


def _is_point(cell: Cell, titles: dict[str, str]) -> bool:
    return cell.anchor.removeprefix("cell-") in titles


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["style"] = Markup((FOLDER / "page.css").read_text("utf-8"))
    environment.filters["number"] = number
    return environment.get_template("page.html.j2")
