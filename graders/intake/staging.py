"""An attempt on disk, before it is a submission: its files under numbers, unpacked and within limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from graders.intake.archives import copy, in_archive, is_archive, opened
from graders.intake.files import File, Skipped, UnreadableError
from graders.intake.layout import NOTEBOOK
from graders.intake.limits import MAX_FILE_BYTES, MAX_STUDENT_BYTES, MAX_STUDENT_FILES, MIB
from graders.intake.paths import Parts, shown, suffix_of


@dataclass(frozen=True)
class Staged:
    """A file that was written. parts: where the student had it.

    modified: its time, or that of the archive it was in: students can write any time into theirs.
    """

    parts: Parts
    path: Path
    modified: datetime | None
    unpacked: bool = False


@dataclass
class _Stage:
    """The files of one attempt, as far as they fit."""

    folder: Path
    files: list[Staged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0
    written: int = 0
    left_out: int = 0

    def take(self, file: File) -> Staged | None:
        """Write one file. None if it was left out, which is noted."""
        if self.written >= MAX_STUDENT_FILES:
            self.left_out += 1
            return None
        path = self.folder / f"{self.written:06}"
        self.written += 1
        limit = min(MAX_FILE_BYTES, MAX_STUDENT_BYTES - self.bytes)
        try:
            if file.size > limit:
                raise UnreadableError(f"it is larger than the {limit // MIB} MiB that are left for it")
            self.bytes += copy(file, path, limit)
        except UnreadableError as error:
            path.unlink(missing_ok=True)
            self.notes.append(f"{shown(file.parts)} was left out: {error}")
            return None
        return Staged(file.parts, path, file.modified)


def stage(files: Sequence[File], skipped: Iterable[Skipped], folder: Path) -> tuple[list[Staged], list[str]]:
    """Write an attempt's files into an empty folder; return them, and notes on what was left out.

    Where no notebook is among them, zip files are unpacked in their place, once: those within them are kept
    as they are. So are those that cannot be unpacked. Notebooks come first, so that the limits are at the
    cost of other files. OSError is the disk's.
    """
    state = _Stage(folder, notes=[str(entry) for entry in skipped])
    has_notebook = any(suffix_of(file.parts[-1]) == NOTEBOOK for file in files)
    for file in sorted(files, key=_importance):
        staged = state.take(file)
        if staged is not None and is_archive(file.parts[-1]) and not has_notebook:
            _unpack(staged, state)
        elif staged is not None:
            state.files.append(staged)
    if state.left_out:
        state.notes.append(f"{state.left_out} files were left out: at most {MAX_STUDENT_FILES} are taken")
    return state.files, state.notes


def _importance(file: File) -> int:
    name = file.parts[-1]
    return 0 if suffix_of(name) == NOTEBOOK else 1 if is_archive(name) else 2


def _unpack(archive: Staged, state: _Stage) -> None:
    """Put an archive's files in its place; it stays itself where something in it was left out."""
    before = len(state.notes) + state.left_out
    try:
        with ExitStack() as stack:
            listing = in_archive(stack.enter_context(opened(archive.path)))
            state.notes += [f"in {shown(archive.parts)}, {entry}" for entry in listing.skipped]
            for file in sorted(listing.files, key=_importance):
                placed = replace(file, parts=(*archive.parts[:-1], *file.parts))
                if staged := state.take(placed):
                    state.files.append(replace(staged, modified=archive.modified, unpacked=True))
    except UnreadableError as error:
        state.notes.append(f"{shown(archive.parts)} could not be unpacked: {error}")
    if len(state.notes) + state.left_out > before:
        state.files.append(archive)
    else:
        archive.path.unlink()
