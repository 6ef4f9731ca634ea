"""An attempt on disk, before it is a submission: its files under numbers, unpacked and within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from graders.intake.archives import copy, in_archive, is_archive, opened
from graders.intake.classes import ClassArchiveError
from graders.intake.files import File, Listing, Skipped, UnreadableError
from graders.intake.layout import NOTEBOOK
from graders.intake.limits import (
    MAX_ARCHIVE_DEPTH,
    MAX_FILE_BYTES,
    MAX_STUDENT_ARCHIVES,
    MAX_STUDENT_BYTES,
    MAX_STUDENT_FILES,
    MIB,
)
from graders.intake.paths import Parts, is_renamed, shown, suffix_of


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
    """The files of one attempt, as far as they fit. holds_class: whether an archive is a class's."""

    folder: Path
    holds_class: Callable[[Listing], bool] | None = None
    files: list[Staged] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes: int = 0
    written: int = 0
    left_out: int = 0
    opened: int = 0

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


def stage(
    files: Sequence[File],
    skipped: Iterable[Skipped],
    folder: Path,
    holds_class: Callable[[Listing], bool] | None = None,
) -> tuple[list[Staged], list[str]]:
    """Write an attempt's files into an empty folder; return them, and notes on what was left out.

    Where no notebook is among them, zip files are unpacked in their place, and again where there is none in
    one of them: those that are deeper are kept as they are. So are those that cannot be unpacked. Notebooks
    come first, so that the limits are at the cost of other files.

    Raises ClassArchiveError: what would be unpacked is a class's, says holds_class. OSError is the disk's.
    """
    state = _Stage(folder, holds_class, notes=[str(entry) for entry in skipped])
    has_notebook = _has_notebook(files)
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
    if NOTEBOOK in name.lower():
        return 0
    return 1 if is_archive(name) else 2 if is_renamed(name) else 3


def _has_notebook(files: Sequence[File]) -> bool:
    return any(suffix_of(file.parts[-1]) == NOTEBOOK for file in files)


def _unpack(archive: Staged, state: _Stage, depth: int = 1) -> None:
    """Put an archive's files in its place; it stays itself where something in it was left out.

    depth: 1 for an archive that lies among an attempt's files, 2 for one in such a one.
    """
    if state.opened >= MAX_STUDENT_ARCHIVES:
        reason = f"at most {MAX_STUDENT_ARCHIVES} zip files are; hand in the notebook alone"
        state.notes.append(f"{shown(archive.parts)} was not unpacked: {reason}")
        state.files.append(archive)
        return
    state.opened += 1
    before = len(state.notes) + state.left_out
    try:
        with ExitStack() as stack:
            listing = in_archive(stack.enter_context(opened(archive.path)))
            if state.holds_class is not None and state.holds_class(listing):
                raise ClassArchiveError(shown(archive.parts))
            state.notes += [f"in {shown(archive.parts)}, {entry}" for entry in listing.skipped]
            deeper = depth < MAX_ARCHIVE_DEPTH and not _has_notebook(listing.files)
            for file in sorted(listing.files, key=_importance):
                placed = replace(file, parts=(*archive.parts[:-1], *file.parts))
                if (staged := state.take(placed)) is None:
                    continue
                staged = replace(staged, modified=archive.modified, unpacked=True)
                if deeper and is_archive(file.parts[-1]):
                    _unpack(staged, state, depth + 1)
                else:
                    state.files.append(staged)
    except UnreadableError as error:
        state.notes.append(f"{shown(archive.parts)} could not be unpacked: {error}")
    if len(state.notes) + state.left_out > before:
        state.files.append(archive)
    else:
        archive.path.unlink()
