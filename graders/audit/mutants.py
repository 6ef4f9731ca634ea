"""Mutants: the reference solution with one small change each, and which of them are equivalent to it."""

from __future__ import annotations

import ast
import difflib
import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from graders.assignment import Assignment, is_test, nbgrader_data
from graders.audit.matrix import Subject
from graders.audit.operators import OPERATORS

EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")

DIGEST_CHARS = 6
"""Enough to tell the changes of one operator in one function apart."""


class MutantError(Exception):
    """The list of equivalent mutants cannot be read. The message names the file and the remedy."""


@dataclass(frozen=True)
class Mutant:
    """The reference solution with one change.

    name: stays the same as long as the changed line does. change: the lines of the diff. cells: the code.
    """

    name: str
    change: str
    cells: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        """The mutant as something to run."""
        return Subject(self.name, "mutant", self.cells)


@dataclass(frozen=True)
class Equivalent:
    """A mutant that no experiment can tell from the reference, and the reason why."""

    name: str
    change: str
    reason: str


def reference_cells(assignment: Assignment) -> tuple[str, ...]:
    """The cells of the reference solution: solutions and imports, without demonstrations and checks."""
    return tuple(cell.source for cell in _cells(assignment))


def _cells(assignment: Assignment) -> list[NotebookNode]:
    code = [cell for cell in assignment.notebook.cells if cell.cell_type == "code" and not is_test(cell)]
    return [cell for cell in code if _is_solution(cell) or _imports(cell.source)]


def _is_solution(cell: NotebookNode) -> bool:
    return bool(nbgrader_data(cell).get("solution"))


def _imports(source: str) -> bool:
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.parse(source).body)


def mutants(assignment: Assignment) -> tuple[Mutant, ...]:
    """Make all mutants of an assignment's reference solution, each text once."""
    cells = _cells(assignment)
    sources = [cell.source for cell in cells]
    found: dict[tuple[str, ...], Mutant] = {}
    for i, cell in enumerate(cells):
        if not _is_solution(cell):
            continue
        for name, change, text in changes(cell.source):
            mutated = (*sources[:i], text, *sources[i + 1 :])
            found.setdefault(mutated, Mutant(name, change, mutated))
    return tuple(found.values())


def changes(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, diff and text of every changed version of some code, each text once."""
    tree = _without_docstrings(ast.parse(source))
    places, original = _places(tree), ast.unparse(tree)
    seen, names = {original}, Counter[str]()
    for operator, sites in OPERATORS.items():
        for site in sites(tree):
            text = ast.unparse(ast.fix_missing_locations(tree))
            if text in seen:
                continue
            seen.add(text)
            change = diff(original, text)
            stem = f"{places[id(site)]}.{operator}"
            names[stem + change] += 1
            yield f"{stem}.{_digest(change, names[stem + change])}", change, text


def diff(before: str, after: str) -> str:
    """The lines that differ between two texts, each with - or + before it, on one line."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    kept = [line[0] + line[1:].strip() for line in lines[2:] if not line.startswith("@@")]
    return "  ".join(kept)


def _digest(change: str, occurrence: int) -> str:
    return hashlib.sha256(f"{change}{occurrence}".encode()).hexdigest()[:DIGEST_CHARS]


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        documented = isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        if documented and ast.get_docstring(node) is not None:  # type: ignore[arg-type]
            node.body = node.body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return tree


def _places(tree: ast.Module) -> dict[int, str]:
    """For each node, by identity, the function or class that it stands in, with a dotted name."""
    places: dict[int, str] = {}

    def note(node: ast.AST, place: str) -> None:
        places[id(node)] = place or "module"
        for child in ast.iter_child_nodes(node):
            named = isinstance(child, (ast.ClassDef, ast.FunctionDef))
            note(child, f"{place}.{child.name}".lstrip(".") if named else place)  # type: ignore[attr-defined]

    note(tree, "")
    return places


def read_equivalent(path: Path = EQUIVALENT) -> Mapping[str, Equivalent]:
    """Read the list of equivalent mutants, by name. Raises MutantError."""
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("mutant", [])
        listed = [Equivalent(entry["name"], entry["change"], entry["reason"]) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise MutantError(
            f"{path} cannot be read ({error!r}): it needs [[mutant]] tables with name, change and reason"
        ) from None
    unreasoned = [entry.name for entry in listed if not entry.reason.strip()]
    if unreasoned:
        raise MutantError(
            f"{path}: {unreasoned[0]} has no reason: say why no experiment can see it, or delete the entry"
        )
    return {entry.name: entry for entry in listed}


def stale(listed: Mapping[str, Equivalent], survivors: Sequence[Mutant]) -> tuple[Equivalent, ...]:
    """Entries of the list that are of no survivor: mutants that are killed, or that exist no longer."""
    alive = {mutant.name for mutant in survivors}
    return tuple(entry for name, entry in listed.items() if name not in alive)
