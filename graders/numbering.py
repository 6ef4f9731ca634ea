"""Numbers of cells: those that Jupyter shows beside them when all are run from the top."""

from __future__ import annotations

from collections.abc import Iterable

from nbformat import NotebookNode


def cell_numbers(cells: Iterable[NotebookNode]) -> list[int | None]:
    """Return the number of each cell: None for text, and an empty code cell shares that of the next one."""
    count, numbers = 1, []
    for cell in cells:
        is_code = cell["cell_type"] == "code"
        numbers.append(count if is_code else None)
        count += is_code and bool(cell["source"].strip())
    return numbers
