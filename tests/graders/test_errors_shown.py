"""What the outputs of cells tell of those that failed."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from graders.errors_shown import code_cells_of
from graders.troubles import CodeCell, Kind, Place, Trouble

TRACEBACK = [
    "\x1b[31mValueError\x1b[39m  Traceback (most recent call last)",
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[4]\x1b[39m\x1b[32m, line 1\x1b[39m",
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[2]\x1b[39m\x1b[32m, line 7\x1b[39m, in f",
]


def an_error(name: str, message: str, traceback: Sequence[str] = ()) -> NotebookNode:
    return new_output("error", ename=name, evalue=message, traceback=list(traceback))


def failed(*outputs: NotebookNode) -> NotebookNode:
    return new_code_cell("f()", outputs=list(outputs))


def a_test(name: str, cell: NotebookNode) -> NotebookNode:
    cell.metadata["nbgrader"] = NotebookNode(grade_id=name, grade=True, solution=False)
    return cell


def trouble(*outputs: NotebookNode) -> Trouble | None:
    cells = [failed(*outputs), a_test("t", new_code_cell("x"))]
    return code_cells_of(new_notebook(cells=cells), ["t"])["t"][0].trouble


def test_an_error_has_its_innermost_line_in_the_notebook() -> None:
    known = Trouble(Kind.RAISED, "ValueError: no", Place(7, 2))
    assert trouble(an_error("ValueError", "no", TRACEBACK)) == known
    assert trouble(an_error("ValueError", "no")) == Trouble(Kind.RAISED, "ValueError: no")
    assert trouble() is None


def test_a_syntax_error_is_told_without_a_name_that_only_the_runner_knows() -> None:
    for name in ("<cell 9>", "3412324"):
        found = trouble(an_error("SyntaxError", f"'(' was never closed ({name}.py, line 8)"))
        assert found == Trouble(Kind.RAISED, "SyntaxError: '(' was never closed")


def test_what_ended_a_cell_goes_before_the_interrupt_that_it_showed() -> None:
    end = an_error("Timeout", "the cell did not end in time: a cell may take 30 s.")
    found = trouble(an_error("KeyboardInterrupt", ""), end)
    assert found == Trouble(Kind.TIMED_OUT, "did not end in time: a cell may take 30 s.")


def test_a_test_knows_all_other_cells_and_the_trouble_of_those_before_it() -> None:
    one, other = failed(an_error("A", "")), failed(an_error("C", ""))
    tested = a_test("t", failed(an_error("B", "")))
    cells = [new_markdown_cell("# A"), one, tested, other, a_test("u", new_code_cell("u"))]
    found = code_cells_of(new_notebook(cells=cells), ["t", "u"])
    first, third = Trouble(Kind.RAISED, "A"), Trouble(Kind.RAISED, "C")
    assert list(found["t"]) == [CodeCell("f()", 1, trouble=first), CodeCell("f()", 3, below=True)]
    assert list(found["u"]) == [CodeCell("f()", 1, trouble=first), CodeCell("f()", 3, trouble=third)]
