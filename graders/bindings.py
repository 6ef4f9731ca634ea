"""What a cell's code does to the names of a notebook: which it defines, and which it takes away again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from graders.python_code import parsed

KEEPING = ("capture", "debug", "prun", "time")
"""Cell magics that run their cell in the notebook's own names; what others run leaves none there."""

RESET = re.compile(r"%?reset(?: +-[\w-]+)*")
"""The magic that removes all names; with words behind it, it removes others than the student's."""

RESET_SOME = re.compile(r"%?(?:reset_selective|xdel) .*")
CELL_MAGIC = re.compile(r"%%(\w{1,30})\b")
LINE_MAGIC = re.compile(r"^([ \t]*)[%!?].*", re.MULTILINE)

KEPT, MAX_PARSED = 256, 20_000
"""Cells whose bindings are kept, as each test asks for them, and the characters of one that is read."""


class Bound(StrEnum):
    """What a name is bound to."""

    CODE = "a class or function"
    IMPORT = "an import"
    VALUE = "a value"
    ATTRIBUTE = "a part of a class"


NAMES = frozenset({Bound.CODE, Bound.IMPORT, Bound.VALUE})
"""What makes it a name of the notebook's."""

NAMES_FOR_FUNCTIONS = frozenset({Bound.CODE, Bound.IMPORT})
"""Those that a function of the student's looks for. A value may be called as a local name of the function."""

ATTRIBUTES = frozenset({Bound.ATTRIBUTE})


@dataclass(frozen=True)
class Binding:
    """A name that a cell defines."""

    line: int
    name: str
    to: Bound


@dataclass(frozen=True)
class Removal:
    """A line that takes names away. by: what it is called. names: None where it is all of them."""

    line: int
    by: str
    names: Sequence[str] | None = None


@dataclass(frozen=True)
class Bindings:
    """What a cell defines and removes, in the order of its lines.

    magic: the cell magic under which none of it is kept; empty where it is.
    """

    events: tuple[Binding | Removal, ...] = ()
    magic: str = ""

    def define(self, name: str, kinds: frozenset[Bound]) -> bool:
        """Whether a name is among those defined, as one of these kinds."""
        return any(_is_binding(one, name, kinds) for one in self.events)

    def code(self) -> list[str]:
        """The classes and functions that are defined, in order."""
        names = [one.name for one in self.events if isinstance(one, Binding) and one.to is Bound.CODE]
        return list(dict.fromkeys(names))

    def removal_of(self, name: str, kinds: frozenset[Bound], *, is_there: bool) -> tuple[bool, str]:
        """Follow a name through the cell; is_there: it is defined before.

        Returns whether it is there afterwards, and what took it away, where something did.
        """
        by = ""
        for one in self.events:
            if _is_binding(one, name, kinds):
                is_there, by = True, ""
            elif is_there and isinstance(one, Removal) and (one.names is None or name in one.names):
                is_there, by = False, one.by
        return is_there, by


@lru_cache(KEPT)
def bindings_of(source: str) -> Bindings:
    """Read what the top level of a cell defines; nothing of code that is no Python, or is very long."""
    if len(source) > MAX_PARSED:
        return Bindings()
    magic = ""
    while not magic and source.lstrip().startswith("%%"):
        first, _, source = source.lstrip().partition("\n")
        called = CELL_MAGIC.match(first)
        magic = "" if called and called[1] in KEEPING else called[0] if called else "%%"
    tree = parsed(LINE_MAGIC.sub(r"\1pass", source))
    events = [*_removals(source), *(_in_statements(tree.body) if tree else ())]
    return Bindings(tuple(sorted(events, key=lambda one: one.line)), magic)


def _is_binding(one: Binding | Removal, name: str, kinds: frozenset[Bound]) -> bool:
    return isinstance(one, Binding) and one.name == name and one.to in kinds


def _removals(source: str) -> Iterator[Removal]:
    """The magics that remove names."""
    for line, text in enumerate(map(str.strip, source.splitlines()), 1):
        if RESET.fullmatch(text):
            yield Removal(line, f"`{text.split()[0]}`")
        elif RESET_SOME.fullmatch(text):
            magic, *names = text.split()
            yield Removal(line, f"`{magic}`", names)


def _in_statements(body: Sequence[ast.stmt]) -> Iterator[Binding | Removal]:
    """What statements define or delete, where they are no part of a function or class."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Binding(node.lineno, node.name, Bound.CODE)
            if node.decorator_list:
                yield Binding(node.lineno, node.name, Bound.ATTRIBUTE)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield Binding(node.lineno, alias.asname or alias.name.partition(".")[0], Bound.IMPORT)
        elif isinstance(node, ast.Delete):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            yield Removal(node.lineno, "`del`", names)
        elif isinstance(node, ast.Assign):
            yield from (binding for target in node.targets for binding in _in_target(target))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from _in_target(node.target)
        else:
            for inner in ("body", "orelse", "finalbody"):
                yield from _in_statements(getattr(node, inner, ()))


def _in_target(target: ast.expr) -> Iterator[Binding]:
    """What an assignment to a target defines."""
    for one in ast.walk(target):
        match one:
            case ast.Name(id=name, ctx=ast.Store()):
                yield Binding(one.lineno, name, Bound.VALUE)
            case ast.Attribute(value=ast.Name(id=of), attr=name, ctx=ast.Store()) if of[0].isupper():
                yield Binding(one.lineno, name, Bound.ATTRIBUTE)
