"""What can be kept of a notebook that is not valid: cells whose source is text, with their grading marks."""

from __future__ import annotations

import nbformat
from nbformat import NotebookNode, v4


def salvage(raw: dict[str, object]) -> NotebookNode | None:
    """Make a notebook of what can be kept of one; None where there is no list of cells."""
    cells = cells_of(raw)
    if cells is None:
        return None
    kept = [_cell(cell, number) for number, cell in enumerate(cells) if isinstance(cell, dict)]
    notebook: NotebookNode = v4.new_notebook()
    notebook.cells = [cell for cell in kept if cell is not None]
    return notebook


def cells_of(raw: dict[str, object]) -> list[object] | None:
    """The cells of a notebook, which version 3 keeps in worksheets; None where there is no list of them."""
    sheets = raw.get("worksheets")
    holders = [raw, *sheets] if isinstance(sheets, list) else [raw]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    found = [cells for cells in lists if isinstance(cells, list)]
    return [cell for cells in found for cell in cells] if found else None


def _cell(raw: dict[str, object], number: int) -> NotebookNode | None:
    """A cell with its source, kind and grading marks; None where the source is no text."""
    source = raw.get("source", raw.get("input", ""))  # input: in version 3
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    made: dict[str, object] = {
        "id": f"cell-{number}",
        "metadata": _marks(raw.get("metadata")),
        "source": source,
    }
    if raw.get("cell_type") == "code":
        made |= {"cell_type": "code", "execution_count": None, "outputs": []}
    else:
        made |= {"cell_type": "markdown"}
    cell: NotebookNode = nbformat.from_dict(made)
    return cell


def _marks(metadata: object) -> dict[str, object]:
    """A cell's grading marks, as far as they are plain values."""
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(marks, dict):
        return {}
    return {"nbgrader": {key: mark for key, mark in marks.items() if not isinstance(mark, dict | list)}}
