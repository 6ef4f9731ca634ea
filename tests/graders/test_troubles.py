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
