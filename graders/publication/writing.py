"""Writing the files of a new folder with few calls of the system: a class has a hundred files a student."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

AT_A_TIME = 1 << 20
"""Bytes of a file that are copied at a time."""

MAX_KEPT = 1 << 18
"""Bytes of a file that is kept in memory, as all of a class get it."""

MAX_KEPT_IN_ALL = 1 << 25

Content = bytes | Path
"""What a file is to hold: this, or what is in another file."""


def kept(files: Mapping[PurePath, Path]) -> dict[PurePath, Content]:
    """Read those files that are small, as far as there is room for them. Raises OSError."""
    room = MAX_KEPT_IN_ALL
    contents: dict[PurePath, Content] = {}
    for path, file in files.items():
        size = file.stat().st_size
        contents[path] = file.read_bytes() if size <= min(room, MAX_KEPT) else file
        room -= size if size <= min(room, MAX_KEPT) else 0
    return contents


def write_files(folder: Path, contents: Mapping[PurePath, Content], mode: int) -> None:
    """Write files to a new folder, by their paths in it, with these permissions. Raises OSError."""
    named = {str(path): content for path, content in contents.items()}
    for parent in _folders(named):
        os.mkdir(f"{folder}{os.sep}{parent}")
    for path, content in named.items():
        target = os.open(f"{folder}{os.sep}{path}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            if isinstance(content, bytes):
                _write(target, content)
            else:
                _copy(content, target)
            os.fchmod(target, mode)
        finally:
            os.close(target)


def _folders(paths: Iterable[str]) -> list[str]:
    """The folders that paths are in, each after the one that it is in."""
    found: set[str] = set()
    for folder in {os.path.dirname(path) for path in paths}:
        while folder and folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)
    return sorted(found)


def _write(target: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(target, left) :]


def _copy(file: Path, target: int) -> None:
    source = os.open(file, os.O_RDONLY)
    try:
        while data := os.read(source, AT_A_TIME):
            _write(target, data)
    finally:
        os.close(source)
