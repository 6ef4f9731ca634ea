"""Files of a source, whether in a folder or in an archive: where they are, and how to read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from graders.intake.paths import Parts, UnsafePathError, clean, clean_name, is_clutter, shown

CHUNK = 1024 * 1024


class UnreadableError(Exception):
    """A file, or an archive, that cannot be read. The message says why, and what to do."""


@dataclass(frozen=True)
class File:
    """A file of a source. parts: its path below the source, made safe.

    size: in bytes, as the source declares it. packed: what it takes in its archive; None outside of one.
    modified: its own time, which may be that of the download.
    """

    parts: Parts
    size: int
    modified: datetime | None
    open: Callable[[], BinaryIO]
    packed: int | None = None


@dataclass(frozen=True)
class Skipped:
    """An entry that is not taken. parts: as much of its path as is safe, which may be nothing."""

    parts: Parts
    shown: str
    reason: str

    def __str__(self) -> str:
        return f"{self.shown} was left out: {self.reason}"


@dataclass
class Listing:
    """What is in a source: files, folders (also empty ones), and what is not taken."""

    files: list[File] = field(default_factory=list)
    folders: list[Parts] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def in_folder(root: Path) -> Listing:
    """List a folder. Links are not followed: one in a student's folder can lead anywhere."""
    listing = Listing()
    pending = [root]
    while pending:
        folder = pending.pop()
        for entry in _entries(folder, root, listing):
            raw = Path(entry.path).relative_to(root).as_posix()
            if is_clutter(raw.split("/")):
                continue
            try:
                parts = _clean_below(raw)
            except UnsafePathError as error:
                listing.skipped.append(Skipped(error.owner, shown(raw), str(error)))
                continue
            if entry.is_dir(follow_symlinks=False):
                listing.folders.append(parts)
                pending.append(Path(entry.path))
            else:
                _take(entry, parts, listing)
    listing.files.sort(key=lambda file: file.parts)
    return listing


def _clean_below(raw: str) -> Parts:
    """A backslash is a letter of a name here, not a separator, and `C:` is no drive."""
    parts = clean("./" + raw.replace("\\", "_"))
    return tuple(clean_name(part) for part in parts)


def _entries(folder: Path, root: Path, listing: Listing) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if folder == root:
            raise
        parts = tuple(clean_name(part) for part in folder.relative_to(root).parts)
        listing.skipped.append(Skipped(parts, shown(parts), f"it cannot be read ({error.strerror})"))


def _take(entry: os.DirEntry[str], parts: Parts, listing: Listing) -> None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError as error:
        listing.skipped.append(Skipped(parts, shown(parts), f"it cannot be read ({error.strerror})"))
        return
    if stat.S_ISREG(status.st_mode):
        modified = _time_of(status.st_mtime)
        listing.files.append(File(parts, status.st_size, modified, _opener(entry.path)))
        return
    kind = "a link, which is not followed" if stat.S_ISLNK(status.st_mode) else "no plain file"
    listing.skipped.append(Skipped(parts, shown(parts), f"it is {kind}"))


def _time_of(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _opener(path: str) -> Callable[[], BinaryIO]:
    def open_file() -> BinaryIO:
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
        except OSError as error:
            raise UnreadableError(f"it cannot be read ({error.strerror})") from None

    return open_file
