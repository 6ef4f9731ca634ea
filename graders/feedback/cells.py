"""The notebook's cells as the page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup
from nbformat import NotebookNode

from graders.assignment import METADATA, is_test, nbgrader_data
from graders.feedback.grades import Grades, number
from graders.feedback.hiding import without_hidden_tests
from graders.feedback.outline import Outline
from graders.feedback.outputs import shown
from graders.feedback.summary import is_unreadable
from graders.feedback.text import code, markdown
from graders.numbering import cell_numbers

NOTES_CELL = "notes-on-your-notebook"
"""The cell in which an autograded notebook says what the page says in a part of its own."""


NOTHING = Markup("")


@dataclass(frozen=True)
class Cell:
    """A cell: its label if it counts, its points in words, its source and its outputs as HTML.

    number: as Jupyter counts code cells, and as tracebacks and messages name them; None for text.
    anchor, comment_anchor: ids on the page, empty where nothing leads to the cell.
    """

    kind: str
    source: Markup
    outputs: tuple[Markup, ...] = ()
    label: str = ""
    points: str = ""
    anchor: str = ""
    comment: Markup = NOTHING
    comment_anchor: str = ""
    outcome: str = ""
    number: int | None = None


def cells(
    notebook: NotebookNode, grades: Grades, titles: Mapping[str, str], outline: Outline, show_hidden: bool
) -> Iterator[Cell]:
    """Yield the cells of a notebook. titles: names of the points, by grade_id.

    Where the student's file could not be read, the instructor's notebook stands in for it; of that, only what
    has points or a comment is shown, and no answers.
    """
    unreadable = is_unreadable(notebook.metadata)
    for cell, count in zip(notebook.cells, cell_numbers(notebook.cells), strict=True):
        if unreadable:
            found = _cell(cell, None, grades, titles, Outline(), show_hidden)
            if found.points or found.comment:
                yield replace(found, source=NOTHING) if nbgrader_data(cell).get("solution") else found
        elif cell.get("id") != NOTES_CELL:
            yield _cell(cell, count, grades, titles, outline, show_hidden)


def _cell(
    cell: NotebookNode,
    count: int | None,
    grades: Grades,
    titles: Mapping[str, str],
    outline: Outline,
    show_hidden: bool,
) -> Cell:
    data = nbgrader_data(cell)
    name = str(data.get("grade_id") or "")
    counts = bool(data.get("grade") or data.get("solution") or data.get("task"))
    grade = grades.of(name)
    judged = is_test(cell) and isinstance(cell.metadata.get(METADATA), Mapping)
    source = without_hidden_tests(cell.source) if is_test(cell) and not show_hidden else cell.source
    return Cell(
        kind=cell.cell_type,
        source=_source(cell, source, outline),
        outputs=tuple(filter(None, (shown(output, judged=judged) for output in cell.get("outputs", ())))),
        label=_label(cell, titles.get(name, name)) if counts else "",
        points=""
        if grade.score is None or grade.max_score is None
        else f"{number(grade.score)} / {number(grade.max_score)} points",
        anchor=f"cell-{name}" if counts and name else "",
        comment=markdown(grade.comment) if grade.comment else NOTHING,
        comment_anchor=f"comment-{name}" if grade.comment else "",
        outcome=str(cell.metadata[METADATA].get("outcome", "")) if judged else "",
        number=count if cell.source.strip() else None,
    )


def _source(cell: NotebookNode, source: str, outline: Outline) -> Markup:
    if cell.cell_type == "markdown":
        return outline.place(markdown(source, _attachments(cell)))
    if cell.cell_type == "code":
        return code(source)
    return Markup('<pre tabindex="0">{}</pre>').format(source) if source.strip() else NOTHING


def _attachments(cell: NotebookNode) -> tuple[tuple[str, str], ...]:
    """Names and data addresses of the pictures that are attached to a cell."""
    attached = cell.get("attachments")
    return tuple(
        (str(name), f"data:{kind};base64,{data}")
        for name, forms in (attached.items() if isinstance(attached, Mapping) else ())
        for kind, data in (forms.items() if isinstance(forms, Mapping) else ())
        if kind in PICTURES and isinstance(data, str)
    )


PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")


def _label(cell: NotebookNode, title: str) -> str:
    data = nbgrader_data(cell)
    if data.get("task"):
        return f"Your task: {title}"
    return f"Your answer: {title}" if data.get("solution") else f"Test: {title}"
