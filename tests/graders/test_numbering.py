"""Numbers of cells are those that Jupyter shows when all are run."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell

from graders.numbering import cell_numbers


def test_code_cells_are_counted_and_empty_ones_are_not() -> None:
    cells = [new_code_cell("a"), new_markdown_cell("b"), new_code_cell(" \n"), new_code_cell("c")]
    assert cell_numbers(cells) == [1, None, 2, 2]
