"""An attempt as it would lie in submitted/: unpacked, its notebook under the expected name, its time told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path

from graders.intake.classes import is_of_several
from graders.intake.layout import Attempt
from graders.intake.limits import MAX_NOTES
from graders.intake.notebooks import Chooser, final_paths
from graders.intake.paths import Parts, shown, unique_paths
from graders.intake.staging import Staged, stage
from graders.intake.times import (
    BAD_TIMESTAMP,
    MISREAD_TIMESTAMP,
    STUDENTS_TIMESTAMP,
    TIMESTAMP,
    HandedIn,
    handed_in,
    read_stamp,
)

UNREADABLE_TIME = f"{TIMESTAMP} is no time that can be read: whether this is late is not known"

LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class Prepared:
    """An attempt in a folder of its own. notes: for the student."""

    attempt: Attempt
    folder: Path
    when: HandedIn
    has_notebook: bool
    notes: list[str] = field(default_factory=list)

    @property
    def order(self) -> tuple[bool, datetime, str]:
        """Attempts with a notebook come after those without; then by time, and by name."""
        return (self.has_notebook, self.when.time or LONG_AGO, self.attempt.label)

    @property
    def label(self) -> str:
        """What the attempt is called in its source."""
        return shown(self.attempt.label or self.attempt.sender.name)


@dataclass(frozen=True)
class Preparing:
    """How attempts are prepared. file_times: whether the time of files counts where none else is known."""

    chooser: Chooser
    zone: tzinfo
    file_times: bool

    def prepare(self, attempt: Attempt, folder: Path) -> Prepared:
        """Write an attempt into a folder that is made for it. OSError is the disk's.

        Raises ClassArchiveError: it is a class's, and no student's.
        """
        raw = folder / "raw"
        raw.mkdir(parents=True)
        own_name = attempt.sender.convention in ("folder", "zip")
        holds_class = partial(is_of_several, assignment=self.chooser.assignment) if own_name else None
        files, notes = stage(attempt.files, attempt.skipped, raw, holds_class)
        when = handed_in(attempt.time, files, self.zone, own_times=attempt.own_times)
        chosen, choice = self.chooser.choose(files)
        placed = [
            (file, self._reserved(file, parts, attempt, when))
            for file, parts in final_paths(files, chosen, self.chooser.name)
        ]
        final = folder / "final"
        final.mkdir()
        stamp = self._stamp(when)
        notes += _move(placed, final, stamp)
        if not stamp and any(parts == (BAD_TIMESTAMP,) for _, parts in placed):
            notes.insert(0, UNREADABLE_TIME)
        if attempt.late:
            notes.append("the LMS marks this submission as late")
        return Prepared(attempt, final, when, chosen is not None, [*attempt.notes, *choice, *notes])

    def _stamp(self, when: HandedIn) -> str:
        """What to write into timestamp.txt; nothing where it is there already, or the time is not known."""
        is_new = when.origin == "name" or when.misread or (when.origin == "file" and self.file_times)
        return when.text() if is_new else ""

    def _reserved(self, file: Staged, parts: Parts, attempt: Attempt, when: HandedIn) -> Parts:
        """Keep the name timestamp.txt for a time that nbgrader can read, and that is not the student's."""
        if tuple(part.casefold() for part in parts) != (TIMESTAMP,):
            return parts
        if not attempt.own_times or file.unpacked or file.parts != parts:
            return (STUDENTS_TIMESTAMP,)
        if when.origin == "timestamp.txt":
            return (MISREAD_TIMESTAMP,) if when.misread else parts
        return (BAD_TIMESTAMP,) if read_stamp(file.path, self.zone) is None else (STUDENTS_TIMESTAMP,)


def _move(placed: Sequence[tuple[Staged, Parts]], final: Path, stamp: str) -> list[str]:
    """Put files in their places, and write the time; return notes on names that were there twice."""
    notes = []
    first: list[Parts] = [(TIMESTAMP,)] if stamp else []
    paths = unique_paths([*first, *(parts for _, parts in placed)])[len(first) :]
    for (file, parts), path in zip(placed, paths, strict=True):
        if path != parts:
            notes.append(f"the name {shown(parts)} was there more than once; one is now {shown(path)}")
        target = final.joinpath(*path)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(file.path, target)
    if stamp:
        (final / TIMESTAMP).write_text(f"{stamp}\n", "utf-8")
    return notes


def capped(notes: Sequence[str]) -> tuple[str, ...]:
    """Each note once, and not more than a student can read."""
    unique = list(dict.fromkeys(notes))
    if len(unique) <= MAX_NOTES:
        return tuple(unique)
    return (*unique[:MAX_NOTES], f"and {len(unique) - MAX_NOTES} more notes of this kind")
