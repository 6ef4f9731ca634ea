"""Which trouble of an earlier cell is behind an error of a test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graders.troubles import CodeCell, Kind, Place, Trouble, culprit, located, of_error

NO_TRAINER = "NameError: name 'Trainer' is not defined"
NO_EVALUATE = "AttributeError: 'Trainer' object has no attribute 'evaluate'"
LATE = Trouble(Kind.TIMED_OUT, "did not end in time")
DIED = Trouble(Kind.DIED, "ended the kernel")
NOT_RUN = Trouble(Kind.NOT_RUN, "was not run")
STUB = of_error("NotImplementedError", "", None)
ERROR = of_error("KeyError", "'x'", Place(2))

SCRATCH = CodeCell("x = {}\nx['x']", 2, trouble=ERROR)
TRAINER = CodeCell("class Trainer:\n    pass", 4, solution=True)
EVALUATE = CodeCell("def evaluate(self):\n    pass", 7, solution=True)


def lacking(name: str) -> Trouble:
    return of_error("NameError", f"name {name!r} is not defined", Place(1))


def found(seen: str, *cells: CodeCell) -> tuple[Kind, str, bool] | None:
    known = culprit(cells, seen)
    return None if known is None else (known.kind, known.told, known.is_why)


@pytest.mark.parametrize("trouble", [LATE, DIED, NOT_RUN])
def test_a_cell_that_would_have_defined_the_name_is_why_it_is_missing(trouble: Trouble) -> None:
    told = f"cell 4 {trouble.text}"
    assert found(NO_TRAINER, SCRATCH, replace(TRAINER, trouble=trouble)) == (trouble.kind, told, True)


def test_a_method_is_missing_where_its_cell_did_not_end() -> None:
    cells = (TRAINER, replace(EVALUATE, trouble=DIED))
    assert found(NO_EVALUATE, *cells) == (Kind.DIED, "cell 7 ended the kernel", True)


def test_a_cell_that_did_not_end_is_why_where_no_other_would_have_defined_the_name() -> None:
    module = CodeCell("import time\nwhile True: pass", trouble=LATE)
    assert found(NO_TRAINER, module) == (Kind.TIMED_OUT, "the module did not end in time", True)


def test_it_is_not_why_a_name_is_missing_in_the_students_own_code() -> None:
    seen = "NameError: name 'total' is not defined (line 3, in train_epoch)"
    scratch = CodeCell("while True: pass", 1, trouble=LATE)
    assert found(seen, scratch, TRAINER) == (Kind.TIMED_OUT, "cell 1 did not end in time", False)


def test_an_error_that_comes_of_an_earlier_missing_name_leads_to_its_cell() -> None:
    helper = CodeCell("def helper():\n    pass", 3, trouble=LATE)
    cells = (SCRATCH, helper, replace(TRAINER, trouble=lacking("helper")))
    assert found(NO_TRAINER, *cells) == (Kind.TIMED_OUT, "cell 3 did not end in time", True)


def test_names_that_miss_each_other_have_an_end() -> None:
    one = CodeCell("a = b", 1, trouble=lacking("b"))
    other = CodeCell("b = a", 2, trouble=lacking("a"))
    told = "cell 1 raised NameError: name 'b' is not defined (line 1)"
    assert found("NameError: name 'b' is not defined", one, other) == (Kind.RAISED, told, True)


def test_the_cell_that_took_the_time_is_named_for_one_that_was_not_run() -> None:
    slow = CodeCell("while True: pass", 1, trouble=LATE)
    cells = (slow, replace(TRAINER, trouble=NOT_RUN))
    assert found(NO_TRAINER, *cells) == (Kind.NOT_RUN, "cell 1 did not end in time", True)


def test_an_error_is_told_with_type_message_and_place() -> None:
    far = replace(TRAINER, trouble=of_error("ValueError", "no", Place(9, 3)))
    assert found(NO_TRAINER, far) == (Kind.RAISED, "cell 4 raised ValueError: no (cell 3, line 9)", True)
    assert found(NO_TRAINER, SCRATCH) == (Kind.RAISED, "cell 2 raised KeyError: 'x' (line 2)", False)
    bare = replace(SCRATCH, trouble=of_error("SystemExit", "", None))
    assert found(NO_TRAINER, bare) == (Kind.RAISED, "cell 2 raised SystemExit", False)


def test_a_piece_that_was_left_alone_is_named_where_the_test_needs_it() -> None:
    stub = CodeCell("# Trainer(model)\nraise NotImplementedError()", 4, True, STUB)
    written = CodeCell("def evaluate(): pass", 3, True)
    assert found(NO_TRAINER, written, stub) == (Kind.UNWRITTEN, "nothing was written in cell 4", True)
    assert found("ValueError: no", written, stub) is None
    begun = replace(stub, source=f"x = 1\n{stub.source}")
    told = "cell 4 still raises NotImplementedError"
    assert found(NO_TRAINER, written, begun) == (Kind.UNWRITTEN, told, True)


@pytest.mark.parametrize("source", ["", "# YOUR CODE HERE\nraise NotImplementedError()"])
def test_whoever_wrote_nothing_at_all_is_told_so(source: str) -> None:
    trouble = STUB if source else None
    cells = [CodeCell(source, number, True, trouble) for number in (3, 5)]
    check = CodeCell("check(Trainer)", 6, trouble=lacking("Trainer"))
    told = (Kind.UNWRITTEN, "nothing was written in any of the solution cells", True)
    assert found(NO_TRAINER, *cells, check) == told
    elsewhere = CodeCell("%run mine.py", 7, trouble=of_error("ImportError", "no", Place(1)))
    assert found(NO_TRAINER, *cells, check, elsewhere) != told, "it may be in another cell that failed"


# Names that were defined, and are not there.

NO_CLIP = "NameError: name 'clip' is not defined"
TIMED = replace(TRAINER, source="%%timeit\nclass Trainer:\n    pass")
BELOW = CodeCell("def clip():\n    pass\n\nclass Trainer:\n    pass", 22, below=True)


@pytest.mark.parametrize(
    ("lines", "magic"),
    [
        ("%%timeit -n1", "%%timeit"),
        ("\n%%writefile trainer.py", "%%writefile"),
        ("%%capture\n%%timeit", "%%timeit"),
        ("%%no_such", "%%no_such"),
    ],
)
def test_a_cell_whose_magic_keeps_no_names_is_why_what_it_defines_is_missing(lines: str, magic: str) -> None:
    cell = replace(TRAINER, source=f"{lines}\n{TRAINER.source}")
    use = CodeCell("Trainer()", 5, trouble=lacking("Trainer"))
    told = f"cell 4 defined it, but under {magic}, so it was not kept"
    assert found(NO_TRAINER, SCRATCH, cell, use) == (Kind.NOT_KEPT, told, True)


@pytest.mark.parametrize("line", ["%%time", "%%capture out", "%%prun", "%time x", "%timeit 1", "# %%timeit"])
def test_a_cell_whose_magic_keeps_names_is_no_reason(line: str) -> None:
    assert found(NO_TRAINER, replace(TRAINER, source=f"{line}\n{TRAINER.source}")) is None


@pytest.mark.parametrize(
    ("line", "by"),
    [
        ("%reset -f", "`%reset`"),
        ("reset -f", "`reset`"),
        ("%reset", "`%reset`"),
        ("%reset_selective -f Trainer", "`%reset_selective`"),
        ("%xdel Trainer", "`%xdel`"),
        ("del x, Trainer", "`del`"),
        ("if x:\n    del Trainer", "`del`"),
    ],
)
def test_a_line_that_removes_a_name_is_why_it_is_missing(line: str, by: str) -> None:
    told = (Kind.NOT_KEPT, f"{by} in cell 9 removed it", True)
    scratch = CodeCell(line, 9)
    assert found(NO_TRAINER, TRAINER, scratch) == told
    assert found(NO_TRAINER, replace(TRAINER, source=f"{TRAINER.source}\n{line}", number=9)) == told
    raised = CodeCell(f"{line}\n1 / 0", 9, trouble=of_error("ZeroDivisionError", "", Place(2)))
    assert found(NO_TRAINER, TRAINER, raised) == told


@pytest.mark.parametrize("line", ["%reset out", "%reset -f in dhist", "del x", "%xdel x", "# %reset -f"])
def test_a_line_that_removes_other_things_is_no_reason(line: str) -> None:
    assert found(NO_TRAINER, TRAINER, CodeCell(line, 9)) is None


def test_what_is_defined_again_was_not_removed() -> None:
    reset, again = CodeCell("%reset -f", 9), replace(TRAINER, number=10)
    assert found(NO_TRAINER, TRAINER, reset, again) is None
    assert found(NO_TRAINER, reset, again) is None
    assert found(NO_TRAINER, TIMED, again) is None
    assert found(NO_TRAINER, TRAINER, replace(reset, below=True)) is None, "it runs after the test"


def test_all_that_one_line_removed_is_told_in_the_same_words() -> None:
    cells = (CodeCell("def clip(): pass", 3), TRAINER, CodeCell("%reset -f", 9))
    assert found(NO_CLIP, *cells) == found(NO_TRAINER, *cells) is not None


def test_an_import_that_was_removed_is_why_a_function_misses_it_and_a_value_of_that_name_is_not() -> None:
    cells = (CodeCell("import numpy as np\ntotal = 0", 1), CodeCell("%reset -f", 2), TRAINER)
    seen = "NameError: name '{}' is not defined (line 3, in fit)"
    assert found(seen.format("np"), *cells) == (Kind.NOT_KEPT, "`%reset` in cell 2 removed it", True)
    assert found(seen.format("total"), *cells) is None, "it may be a local name that was misspelt"
    assert found(NO_TRAINER.replace("Trainer", "total"), *cells) is not None


@pytest.mark.parametrize("source", ["", "# YOUR CODE HERE\nraise NotImplementedError()"])
def test_work_that_stands_below_the_test_is_to_be_moved_up(source: str) -> None:
    stub = CodeCell(source, 4, True, STUB if source else None)
    check = CodeCell("check(Trainer)", 6, trouble=lacking("Trainer"))
    told = (
        "nothing was written in any of the solution cells; "
        "cell 22, below this test, defines clip, Trainer: move it up"
    )
    assert found(NO_TRAINER, stub, check, BELOW) == (Kind.UNWRITTEN, told, True)
    check = replace(check, trouble=lacking("clip"))
    assert found(NO_CLIP, stub, check, BELOW) == (Kind.UNWRITTEN, told, True), "one trouble, one text"


def test_a_cell_below_is_named_where_the_solution_cells_hold_other_things() -> None:
    told = "no cell defined it; cell 22, below this test, defines clip, Trainer: move it up"
    assert found(NO_TRAINER, SCRATCH, EVALUATE, BELOW) == (Kind.BELOW, told, True)
    many = replace(BELOW, source="\n".join(f"def f{i}(): pass" for i in range(6)))
    told = "no cell defined it; cell 22, below this test, defines f0, f1, f2, f3 and 2 more: move it up"
    assert found(NO_CLIP.replace("clip", "f1"), many) == (Kind.BELOW, told, True)


def test_a_cell_below_is_no_reason_where_one_above_failed_to_define_the_name() -> None:
    raised = replace(TRAINER, trouble=ERROR)
    assert found(NO_TRAINER, raised, BELOW) == (Kind.RAISED, "cell 4 raised KeyError: 'x' (line 2)", True)


@pytest.mark.parametrize(
    "source", ["@method_of(Trainer)\ndef evaluate(self): pass", "Trainer.evaluate = lambda self: 0"]
)
def test_a_method_is_looked_for_where_it_is_added_to_a_class(source: str) -> None:
    below = found(NO_EVALUATE, TRAINER, CodeCell(source, 22, below=True))
    assert below is not None and below[0] is Kind.BELOW
    told = "cell 7 defined it, but under %%timeit, so it was not kept"
    assert found(NO_EVALUATE, TRAINER, CodeCell(f"%%timeit\n{source}", 7)) == (Kind.NOT_KEPT, told, True)


@pytest.mark.parametrize("source", ["evaluate = 1", "def evaluate(): pass", "trainer.evaluate = 1"])
def test_what_is_added_to_no_class_is_no_method(source: str) -> None:
    assert found(NO_EVALUATE, TRAINER, CodeCell(source, 22, below=True)) is None


ODD = {
    "a syntax error": "class Trainer(:",
    "a text": "'''\nclass Trainer:\n'''",
    "depth": "(" * 9_000,
    "signs": "%%" * 9_000,
    "magics": "%%time\n" * 2_500,
    "a very long cell": "class Trainer:\n    pass\n" * 2_000,
}


@pytest.mark.parametrize("name", ODD)
def test_code_that_is_no_definition_is_no_reason(name: str) -> None:
    cells = (CodeCell(ODD[name], 4), CodeCell("%reset -f", 9), CodeCell(ODD[name], 22, below=True))
    assert found(NO_TRAINER, *cells) is None


def test_a_line_is_named_with_its_cell_where_only_one_can_be_meant() -> None:
    cells = [replace(TRAINER, source="class Trainer:\n    def fit(self):\n        1 / 0"), EVALUATE]
    assert located("ValueError: no (line 3, in fit)", cells) == "ValueError: no (cell 4, line 3, in fit)"
    for seen in ("no (line 9, in fit)", "no (line 1, in other)", "no (line 3, in <lambda>)"):
        assert located(seen, cells) == seen
    odd = [replace(cells[0], source=cells[0].source.replace("1 / 0", "'\\d'"))]
    assert located("no (line 3, in fit)", odd) == "no (cell 4, line 3, in fit)", "without a warning"
    twice = [*cells, replace(cells[0], number=9)]
    assert located("no (line 3, in fit)", twice) == "no (line 3, in fit)"
    module = [replace(cell, number=None) for cell in cells]
    assert located("no (line 3, in fit)", module) == "no (line 3, in fit)"
