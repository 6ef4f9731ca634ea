"""What of the machine a sandbox sees, read-only: the interpreter, its libraries, a few files of settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import graders

SYSTEM_PREFIXES = (Path("/usr"), Path("/usr/local"))
"""Of these, only the folders named next: beside them lie other programs' data, and perhaps a course."""

SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec")

SHARED_FOLDERS = ("fonts", "fontconfig", "locale", "matplotlib", "mime", "terminfo", "zoneinfo")
"""Of /usr/share and /usr/local/share: fonts for figures, and what programs need to start."""

SETTINGS = ("ld.so.cache", "alternatives", "fonts", "localtime", "mime.types", "os-release", "nsswitch.conf")
"""Of /etc. `alternatives` is where Debian's links to libraries lead."""

STORES = (Path("/nix/store"), Path("/gnu/store"))
"""Where systems without a /usr/lib keep everything, each package in a folder of its own."""

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
    for folder in interpreter_folders():
        store = next((store for store in STORES if folder.is_relative_to(store)), folder)
        if store not in SYSTEM_PREFIXES:
            yield store


def interpreter_folders() -> list[Path]:
    """Return the folders of this interpreter and of its packages, a virtual environment's first."""
    executable = Path(sys.executable)
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)]
    folders += [Path(os.path.realpath(folder)) for folder in folders]
    for program in _links_of(executable):
        if program.parent.name == "bin":
            folders.append(program.parent.parent)
    return list(dict.fromkeys(folders))


def _links_of(path: Path) -> Iterator[Path]:
    """Yield a path and every link on the way to the file that it stands for."""
    for _ in range(40):
        yield path
        if not path.is_symlink():
            break
        path = Path(os.path.normpath(path.parent / path.readlink()))
    yield Path(os.path.realpath(path))


def _without_nested(paths: Iterable[Path]) -> list[Path]:
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(other) for other in kept):
            kept.append(path)
    return kept


def links() -> list[tuple[str, Path]]:
    """Return the links in / that lead into /usr, as (what they say, where they are)."""
    return [(os.readlink(path), path) for name in TOP_LINKS if (path := Path("/") / name).is_symlink()]


def masked(shown: Iterable[Path], hidden: Iterable[Path]) -> list[Path]:
    """Return the folders inside of what is shown that must look empty: this package, and those named."""
    wanted = {Path(os.path.realpath(folder)) for folder in (Path(graders.__file__).parent, *hidden)}
    roots = [Path(os.path.realpath(path)) for path in shown]
    return sorted(folder for folder in wanted if any(folder.is_relative_to(root) for root in roots))
