"""What went wrong in the cells before a test, and which of it is why the test finds a name missing.

A name is missing where the cell that would define it did not run to its end, or is not written; where it was
defined and taken away again; or where the cell that defines it stands below the test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from graders.bindings import ATTRIBUTES, NAMES, NAMES_FOR_FUNCTIONS, Bound, bindings_of
from graders.python_code import parsed


class Kind(StrEnum):
    """How a cell failed to do its work."""

    RAISED = "raised"
    TIMED_OUT = "timed_out"
    DIED = "died"
    NOT_RUN = "not_reached"
    UNWRITTEN = "unwritten"
    NOT_KEPT = "not_kept"
    BELOW = "below"


@dataclass(frozen=True)
class Place:
    """A line of a cell. cell: its number; None where it is the cell that the error came up in."""

    line: int
    cell: int | None = None


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a cell. text: an error's type and message, or what ended the cell, as it is told."""

    kind: Kind
    text: str = ""
    place: Place | None = None


@dataclass(frozen=True)
class CodeCell:
    """A code cell that is no hidden test.

    number: as Jupyter counts when all cells are run, tests included; None for a module of its own.
    solution: the student is asked to write it. below: it stands below the test, and so runs after it.
    """

    source: str
    number: int | None = None
    solution: bool = False
    trouble: Trouble | None = None
    below: bool = False


@dataclass(frozen=True)
class Culprit:
    """The trouble that goes before a failure. is_why: a name that the test needs is missing because of it."""

    kind: Kind
    told: str
    is_why: bool


MISSING = re.compile(r"name '(\w+)' is not defined|has no attribute '(\w+)'")
IN_STUDENTS_CODE = re.compile(r"\(line \d+, in [^)]*\)")
LINE = re.compile(r"\(line (\d+), in (\w+)\)")

ENDED = (Kind.TIMED_OUT, Kind.DIED, Kind.NOT_RUN)

MAX_NAMES, MAX_LETTERS = 4, 40
"""Names of one cell that are told, and the letters of each."""

KEPT, MAX_PARSED = 64, 20_000
"""Cells whose functions are kept, as each test asks for them, and the characters of one that is read."""


def culprit(cells: Sequence[CodeCell], seen: str) -> Culprit | None:
    """Find the trouble that is behind an error of a test, or else the first that goes before it.

    seen: the error in words. Pieces of work that were left alone are named only where they are the reason.
    """
    troubled = [cell for cell in cells if cell.trouble is not None]
    name = _missing(seen)
    if name:
        found = _why_missing(name, _kinds(seen), cells, troubled, in_test=not IN_STUDENTS_CODE.search(seen))
        if found is not None:
            return found
    first = next((cell for cell in troubled if _kind(cell) is not Kind.UNWRITTEN), None)
    return None if first is None else Culprit(_kind(first), _told(first, cells), False)


def _why_missing(
    name: str,
    kinds: frozenset[Bound],
    cells: Sequence[CodeCell],
    troubled: Sequence[CodeCell],
    *,
    in_test: bool,
) -> Culprit | None:
    """Why a name is missing; None where nothing tells. in_test: it is the test that looks for it."""
    found = _behind(name, troubled)
    if found is None or _kind(found) is Kind.UNWRITTEN:
        told = _not_kept(name, kinds, cells)
        if told:
            return Culprit(Kind.NOT_KEPT, told, True)
    if found is None and in_test:
        found = next((cell for cell in troubled if _kind(cell) in ENDED), None)
        if found is None and _all_unwritten(cells) and all(map(_lacks_a_name, troubled)):
            found = next(cell for cell in cells if cell.solution)
    below = _below(name, kinds, cells)
    if found is not None:
        more = f"; {below}" if below and _kind(found) is Kind.UNWRITTEN else ""
        return Culprit(_kind(found), _told(_first_late(found, troubled), cells) + more, True)
    return Culprit(Kind.BELOW, f"no cell defined it; {below}", True) if below else None


def _kinds(seen: str) -> frozenset[Bound]:
    """What a name that is missing would have to be bound to."""
    if "has no attribute" in seen:
        return ATTRIBUTES
    return NAMES_FOR_FUNCTIONS if IN_STUDENTS_CODE.search(seen) else NAMES


def _not_kept(name: str, kinds: frozenset[Bound], cells: Sequence[CodeCell]) -> str:
    """What became of a name that was defined before the test; empty where it was not, or is there still.

    The sentence has no name in it: all that one line took away has one cause.
    """
    told, is_there = "", False
    for cell in cells:
        if cell.below:
            continue
        bindings = bindings_of(cell.source)
        if bindings.magic:
            if not is_there and bindings.define(name, kinds):
                told = f"{_who(cell)} defined it, but under {bindings.magic}, so it was not kept"
        elif cell.trouble is None or is_there:
            is_there, by = bindings.removal_of(name, kinds, is_there=is_there)
            told = f"{by} in {_who(cell)} removed it" if by else "" if is_there else told
    return told


def _below(name: str, kinds: frozenset[Bound], cells: Sequence[CodeCell]) -> str:
    """The first cell below the test that defines a name, and what to do; empty where none does."""
    for cell in cells:
        bindings = bindings_of(cell.source)
        if cell.below and bindings.define(name, kinds):
            names = bindings.code()
            if name not in names:
                names = [name]
            told = ", ".join(one[:MAX_LETTERS] for one in names[:MAX_NAMES])
            more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
            return f"{_who(cell)}, below this test, defines {told}{more}: move it up"
    return ""


def located(seen: str, cells: Sequence[CodeCell]) -> str:
    """Name the cell of each line of the student's in an error's words, where just one cell can be meant."""

    def with_cell(match: re.Match[str]) -> str:
        number = _cell_of(int(match[1]), match[2], cells)
        return match[0] if number is None else f"(cell {number}, line {match[1]}, in {match[2]})"

    return LINE.sub(with_cell, seen)


def of_error(kind: str, message: str, place: Place | None) -> Trouble:
    """The trouble of a cell that an error ended. kind: its type; a piece left alone has one of its own."""
    text = f"{kind}: {message}" if message else kind
    return Trouble(Kind.UNWRITTEN if kind == "NotImplementedError" else Kind.RAISED, text, place)


def _kind(cell: CodeCell) -> Kind:
    return cell.trouble.kind if cell.trouble else Kind.UNWRITTEN


def _missing(words: str) -> str:
    match = MISSING.search(words)
    return (match[1] or match[2]) if match else ""


def _lacks_a_name(cell: CodeCell) -> bool:
    """Whether nothing is wrong with a cell but that a piece is not written, its own or one that it uses."""
    return _kind(cell) is Kind.UNWRITTEN or (cell.trouble is not None and bool(_missing(cell.trouble.text)))


def _behind(name: str, troubled: Sequence[CodeCell]) -> CodeCell | None:
    """The troubled cell that would have defined a name; or the one behind it, where that too missed one."""
    cell = next((cell for cell in troubled if _defines(cell, name)), None)
    if cell is None or cell.trouble is None or cell.trouble.kind is not Kind.RAISED:
        return cell
    further = _missing(cell.trouble.text)
    others = troubled[: troubled.index(cell)]
    return (_behind(further, others) if further else None) or cell


def _defines(cell: CodeCell, name: str) -> bool:
    """Whether a cell would define a name; of one that is not written, its first lines say what it is for."""
    definition = rf"^[ \t]*(?:class|(?:async )?def) +{name}\b|^{name} *[:=]|^(?:from|import) .*\b{name}\b"
    stub = rf"|^# *(?:class |def )?{name}\b" if _kind(cell) is Kind.UNWRITTEN else ""
    return re.search(definition + stub, cell.source, re.MULTILINE) is not None


def _first_late(cell: CodeCell, troubled: Sequence[CodeCell]) -> CodeCell:
    """For a cell that there was no time left for, the one that took it."""
    if _kind(cell) is not Kind.NOT_RUN:
        return cell
    return next((other for other in troubled if _kind(other) is Kind.TIMED_OUT), cell)


def _code(cell: CodeCell) -> str:
    """What a cell consists of besides comments, empty lines and the line that says it is not written."""
    lines = (line.strip() for line in cell.source.splitlines())
    return "".join(line for line in lines if not line.startswith(("#", "raise NotImplementedError")))


def _is_empty(cell: CodeCell) -> bool:
    return cell.solution and not _code(cell)


def _all_unwritten(cells: Sequence[CodeCell]) -> bool:
    solutions = [cell for cell in cells if cell.solution]
    return bool(solutions) and all(map(_is_empty, solutions))


def _who(cell: CodeCell) -> str:
    return "the module" if cell.number is None else f"cell {cell.number}"


def _told(cell: CodeCell, cells: Sequence[CodeCell]) -> str:
    who = _who(cell)
    if cell.trouble is None or cell.trouble.kind is Kind.UNWRITTEN:
        return _unwritten_told(cell, who, cells)
    if cell.trouble.kind is not Kind.RAISED:
        return f"{who} {cell.trouble.text}"
    place = cell.trouble.place
    if place is None:
        return f"{who} raised {cell.trouble.text}"
    other = "" if place.cell in (None, cell.number) else f"cell {place.cell}, "
    return f"{who} raised {cell.trouble.text} ({other}line {place.line})"


def _unwritten_told(cell: CodeCell, who: str, cells: Sequence[CodeCell]) -> str:
    if _all_unwritten(cells):
        return "nothing was written in any of the solution cells"
    return f"nothing was written in {who}" if _is_empty(cell) else f"{who} still raises NotImplementedError"


def _cell_of(line: int, function: str, cells: Sequence[CodeCell]) -> int | None:
    """The number of the only cell with a function of that name at that line."""
    found = [cell.number for cell in cells if _has_function(cell.source, function, line)]
    return found[0] if len(found) == 1 else None


def _has_function(source: str, name: str, line: int) -> bool:
    if f"def {name}" not in source or len(source) > MAX_PARSED:
        return False
    return any(known == name and first <= line <= last for known, first, last in _functions(source))


@lru_cache(KEPT)
def _functions(source: str) -> tuple[tuple[str, int, int], ...]:
    """Name, first and last line of each function; none of code that is no Python."""
    tree = parsed(source)
    return tuple(
        (node.name, node.lineno, node.end_lineno or node.lineno)
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
