"""The files of a folder that are to be copied: those that nbgrader would, and no others."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path, PurePath

from graders.printable import printable

MAX_DEPTH = 32
"""Folders within each other; a tree of hundreds cannot be made or removed by the usual functions."""


@dataclass(frozen=True)
class Found:
    """Files by their path below a folder, and a line for each entry that is none or leads elsewhere."""

    files: Mapping[PurePath, Path] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def files_in(folder: Path, ignore: Iterable[str], *, trusted: bool = False) -> Found:
    """Find the files below a folder, but for names that match a pattern of nbgrader's kind.

    A link is followed where it leads to a file of the folder; pipes, devices and other links are left out.
    trusted: links are followed wherever they lead. Raises OSError.
    """
    patterns, base = tuple(ignore), folder.resolve()
    files: dict[PurePath, Path] = {}
    left_out = []
    for path in sorted(_walk(folder, patterns)):
        inside = path.relative_to(folder)
        real = Path(os.path.realpath(path)) if path.is_symlink() else base / inside
        shown = printable(str(inside))
        if len(inside.parts) > MAX_DEPTH:
            left_out.append(f"{shown} is in more than {MAX_DEPTH - 1} folders, and is left out")
        elif not trusted and not real.is_relative_to(base):
            left_out.append(f"{shown} is a link out of the folder, and is left out")
        elif not real.is_file():
            left_out.append(f"{shown} is no ordinary file, and is left out")
        else:
            files[inside] = real
    return Found(files, tuple(left_out))


def _walk(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    """Files, links, and the first folder that is too deep."""
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not _matches(name, patterns)]
        yield from (Path(parent, name) for name in names if not _matches(name, patterns))
        # os.walk counts links to folders as folders, and does not enter them
        yield from (Path(parent, name) for name in folders if Path(parent, name).is_symlink())
        if len(Path(parent).relative_to(folder).parts) == MAX_DEPTH:
            yield from (Path(parent, name) for name in folders)
            folders.clear()


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name matches a pattern as in glob.glob: a star stands for no leading dot."""
    return any(
        name == pattern
        or (
            has_magic(pattern)
            and fnmatch.fnmatchcase(name, pattern)
            and (pattern.startswith(".") or not name.startswith("."))
        )
        for pattern in patterns
    )


def without_clashes(found: Found, certain: Iterable[PurePath]) -> Found:
    """Leave out what cannot stand beside the files that are certain to come: a file for a folder, say."""
    if not found.files:
        return found
    files = set(certain)
    folders = {folder for path in files for folder in path.parents}
    kept, left_out = {}, list(found.left_out)
    for path, source in found.files.items():
        if path in folders or not files.isdisjoint(path.parents):
            shown = printable(str(path))
            left_out.append(f"{shown} is where the assignment has something else, and is left out")
        else:
            kept[path] = source
    return Found(kept, tuple(left_out))
