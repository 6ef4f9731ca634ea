"""What of the machine a sandbox sees, read-only: the interpreter, its libraries, a few files of settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import graders

SYSTEM_PREFIXES = (Path("/usr"), Path("/usr/local"))
"""Of these, only the folders named next: beside them lie other programs' data, and perhaps a course."""

SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec")

SHARED_FOLDERS = ("fonts", "fontconfig", "locale", "matplotlib", "mime", "terminfo", "zoneinfo")
"""Of /usr/share and /usr/local/share: fonts for figures, and what programs need to start."""

INTERPRETER_FILES = (*SYSTEM_FOLDERS, "etc", "include", "pyvenv.cfg", "share", "ssl")
"""Of an interpreter's own prefix, which may be a home or a course: `python -m venv .` makes it one."""

SETTINGS = ("ld.so.cache", "alternatives", "fonts", "localtime", "mime.types", "os-release", "nsswitch.conf")
"""Of /etc. `alternatives` is where Debian's links to libraries lead."""

STORES = (Path("/nix/store"), Path("/gnu/store"))
"""Where systems without a /usr/lib keep everything, each package in a folder of its own."""

MAX_LINKS = 40
"""So many links one after another the kernel follows."""

TOP_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Folders of / that are links into /usr on merged systems, and folders of their own on others."""


def visible() -> list[Path]:
    """Return the files and folders that a sandbox sees where they are on the machine, none below another."""
    return _without_nested(path for path in _candidates() if path.exists())


def _candidates() -> Iterator[Path]:
    for prefix in SYSTEM_PREFIXES:
        yield from (prefix / name for name in SYSTEM_FOLDERS)
        yield from (prefix / "share" / name for name in SHARED_FOLDERS)
    yield from (Path("/") / name for name in TOP_LINKS if not (Path("/") / name).is_symlink())
    yield from (Path("/etc") / name for name in SETTINGS)
    for folder in prefixes():
        if store := next((store for store in STORES if folder.is_relative_to(store)), None):
            yield store
        elif folder not in SYSTEM_PREFIXES:
            yield from (folder / name for name in INTERPRETER_FILES)


def prefixes() -> list[Path]:
    """Return the folders of this interpreter and of its packages, a virtual environment's first."""
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)]
    folders += [Path(os.path.realpath(folder)) for folder in folders]
    program = Path(os.path.realpath(sys.executable))
    if program.parent.name == "bin":
        folders.append(program.parent.parent)
    return list(dict.fromkeys(folders))


def _without_nested(paths: Iterable[Path]) -> list[Path]:
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not _lies_in(path, kept):
            kept.append(path)
    return kept


def links(shown: Collection[Path]) -> list[tuple[str, Path]]:
    """Return the links that a sandbox has for itself, as (what they say, where they are).

    Those in / that lead into /usr, and those on the way to the interpreter that lie in no folder of its own:
    one in a home's `bin` shows nothing else that is there. shown: what is visible anyway.
    """
    top = [path for name in TOP_LINKS if (path := Path("/") / name).is_symlink()]
    programs = [path for path in _links_to_the_interpreter() if not _lies_in(path, shown)]
    return [(os.readlink(path), path) for path in (*top, *programs)]


def _links_to_the_interpreter() -> Iterator[Path]:
    path = Path(sys.executable)
    for _ in range(MAX_LINKS):
        if not path.is_symlink():
            break
        yield path
        path = Path(os.path.normpath(path.parent / path.readlink()))


def masked(shown: Iterable[Path]) -> list[Path]:
    """Return the folders inside of what is shown that must look empty: this package, where it lies there."""
    package = Path(os.path.realpath(Path(graders.__file__).parent))
    return [package] if _lies_in(package, [Path(os.path.realpath(path)) for path in shown]) else []


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
