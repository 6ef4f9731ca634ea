"""The library of specimens: correct trainers (wheats) and trainers with one bug each (chaffs), read as data.

A specimen's docstring is its header: a title, an empty line, and fields as `name: value`, where a value
goes on in indented lines. Specimens are never imported: they run where students' code runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.criteria import COMMON_CAUSES, CRITERIA
from graders.criteria.equality import CAUSES as EQUALITY_CAUSES

WHEATS = Path(__file__).parent / "wheats"
CHAFFS = Path(__file__).parent / "chaffs"

CHAFF_FIELDS = ("point", "cause", "bug", "remedy", "source", "bug_id", "style", "subtle", "also_fails")
WHEAT_FIELDS = ("free_choices",)

DEFAULTS = {
    "cause": "differs",
    "source": "none",
    "bug_id": "none",
    "style": "plain",
    "subtle": "no",
    "also_fails": "none",
    "free_choices": "none",
}
"""Fields that the specimens of a course may leave out."""

FIELD = re.compile(r"^(\w+):(?: +(.*))?$")
NONE = "none"
"""What `also_fails` says where no other point fails, and `bug_id` where no other trainer has the bug."""


class LibraryError(Exception):
    """A specimen whose header is not as it must be. The message names the file and the remedy."""


@dataclass(frozen=True)
class Specimen:
    """A trainer to be graded. name: unique, like `wheats/plain_modulo`. source: the text of the file path."""

    name: str
    path: Path
    title: str
    source: str


@dataclass(frozen=True)
class Wheat(Specimen):
    """A correct trainer. free_choices: the choices of the contract that it makes."""

    free_choices: tuple[str, ...]


@dataclass(frozen=True)
class Chaff(Specimen):
    """A trainer with one bug.

    point, cause: its root cause. bug, remedy: a sentence each. known_from: a page on which the bug is known
    from practice, the header's `source`. bug_id: shared by trainers with the same bug, or NONE. subtle: the
    loss still falls. also_fails: the other points that fail unavoidably.
    """

    point: str
    cause: str
    bug: str
    remedy: str
    known_from: str
    bug_id: str
    style: str
    subtle: bool
    also_fails: tuple[str, ...]


def wheats(folder: Path = WHEATS, *, own: bool = False) -> tuple[Wheat, ...]:
    """Read all correct trainers, sorted by name. own: they are a course's. Raises LibraryError."""
    return tuple(read_wheat(path, own=own) for path in _files(folder.glob("*.py"), folder, own))


def chaffs(folder: Path = CHAFFS, points: Sequence[str] | None = None) -> tuple[Chaff, ...]:
    """Read all trainers with a bug, in the order of their points, then by name. Raises LibraryError.

    points: those of the assignment where the chaffs are a course's; None: they come with the package.
    """
    found = [read_chaff(path, points) for path in _files(folder.glob("*/*.py"), folder, points is not None)]
    order = list(CRITERIA) if points is None else list(points)
    return tuple(sorted(found, key=lambda chaff: (order.index(chaff.point), chaff.name)))


def _files(paths: Iterable[Path], folder: Path, own: bool) -> list[Path]:
    found = sorted(paths)
    if not found:
        remedy = "write one, as docs/how-to says" if own else "it comes with the package, install it again"
        raise LibraryError(f"{folder} holds no specimens: {remedy}")
    return found


def read_wheat(path: Path, *, own: bool = False) -> Wheat:
    """Read one correct trainer. own: it is a course's. Raises LibraryError."""
    code, title, fields = _header(path, WHEAT_FIELDS, own)
    return Wheat(f"wheats/{path.stem}", path, title, code, _words(fields["free_choices"]))


def read_chaff(path: Path, points: Sequence[str] | None = None) -> Chaff:
    """Read one trainer with a bug. points: see `chaffs`. Raises LibraryError."""
    own = points is not None
    known = tuple(CRITERIA) if points is None else tuple(points)
    code, title, fields = _header(path, CHAFF_FIELDS, own)
    point = _point(path, fields["point"], known)
    return Chaff(
        name=f"chaffs/{point}/{path.stem}",
        path=path,
        title=title,
        source=code,
        point=point,
        cause=_cause(path, point, fields["cause"], own),
        bug=fields["bug"],
        remedy=fields["remedy"],
        known_from=_address(path, fields["source"], own),
        bug_id=fields["bug_id"],
        style=fields["style"],
        subtle=_choice(path, "subtle", fields["subtle"], {"yes": True, "no": False}),
        also_fails=_also_fails(path, point, fields["also_fails"], known),
    )


def _header(path: Path, known: tuple[str, ...], own: bool) -> tuple[str, str, Mapping[str, str]]:
    """Return a specimen's text, title and fields, which are just the known ones, each with a value."""
    code = path.read_text("utf-8")
    title, _, rest = _docstring(path, code).partition("\n")
    defaults = {name: value for name, value in DEFAULTS.items() if own and name in known}
    fields = {**defaults, **_fields(path, rest)}
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise LibraryError(
            f"{path}: the header has the unknown field {unknown[0]!r}: the fields are {', '.join(known)}"
        )
    missing = [name for name in known if not fields.get(name)]
    if missing:
        raise LibraryError(
            f"{path}: the header has no {missing[0]!r}: add a line '{missing[0]}: ...' to the docstring"
        )
    return code, title.strip(), fields


def _docstring(path: Path, code: str) -> str:
    """The docstring of a module, of which nothing else is parsed."""
    end = code.find('"""', 3) + 3 if code.startswith('"""') else 0
    try:
        docstring = ast.get_docstring(ast.parse(code[:end] or code, str(path)))
    except SyntaxError as error:
        raise LibraryError(f"{path}: the docstring cannot be parsed ({error}): write it anew") from None
    if not docstring:
        raise LibraryError(
            f"{path}: a specimen begins with a docstring, which is its header: add one as in {CHAFFS}"
        )
    return docstring


def _fields(path: Path, text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in filter(str.strip, text.splitlines()):
        match = FIELD.match(line)
        if match:
            name = match[1]
            if name in fields:
                raise LibraryError(f"{path}: the header has {name!r} twice: delete one of them")
            fields[name] = (match[2] or "").strip()
        elif name and line.startswith(" "):
            fields[name] = f"{fields[name]} {line.strip()}".strip()
        else:
            raise LibraryError(
                f"{path}: {line!r} is no field 'name: value': indent it if it belongs to the one before"
            )
    return fields


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _point(path: Path, name: str, points: Sequence[str]) -> str:
    if name not in points:
        raise LibraryError(f"{path}: there is no point {name!r}: the points are {', '.join(points)}")
    if path.parent.name != name:
        raise LibraryError(
            f"{path}: its point is {name!r}, its folder {path.parent.name!r}: "
            "move the file, or correct the point"
        )
    return name


def _cause(path: Path, point: str, name: str, own: bool) -> str:
    causes = {**CRITERIA[point].causes} if point in CRITERIA else {}
    if own:
        causes |= EQUALITY_CAUSES
    if name not in causes and name not in COMMON_CAUSES:
        raise LibraryError(f"{path}: {point} has no cause {name!r}: its causes are {', '.join(causes)}")
    return name


def _address(path: Path, address: str, own: bool) -> str:
    if own and address == NONE:
        return ""
    if not re.fullmatch(r"https://\S+", address):
        raise LibraryError(
            f"{path}: the source {address!r} is no https address: name a page on which the bug is known"
        )
    return address


def _also_fails(path: Path, point: str, value: str, points: Sequence[str]) -> tuple[str, ...]:
    names = () if value == NONE else _words(value)
    wrong = [name for name in names if name not in points or name == point]
    if wrong:
        raise LibraryError(
            f"{path}: also_fails names {wrong[0]!r}: name other points than {point}, or '{NONE}'"
        )
    return names


def _choice(path: Path, field: str, value: str, choices: Mapping[str, bool]) -> bool:
    if value not in choices:
        raise LibraryError(f"{path}: {field} is {value!r}: write one of {', '.join(choices)}")
    return choices[value]
