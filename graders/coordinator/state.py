"""What is known of each student's last grading: a small file each, written when all else has been written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from graders.coordinator.version import Version
from graders.course import STATES


class State(msgspec.Struct, frozen=True):
    """A student's last grading.

    submission, version: what was graded, and with what. points: by experiment. causes: the root causes, each
    with its point. notes: for the class table. seconds: how long the student's code ran. by_hand: a digest of
    what humans had entered by then. pages: the feedback pages were made. nonce: where the numbers came from.
    """

    submission: str
    version: Version
    points: Mapping[str, float | None]
    causes: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    trouble: str | None = None
    seconds: float = 0.0
    by_hand: str = ""
    pages: bool = True
    nonce: str = ""


class States:
    """The states of a class for one assignment."""

    def __init__(self, course: Path, assignment: str) -> None:
        self._folder = course / STATES / assignment
        self._decoder = msgspec.json.Decoder(State)

    def of(self, student: str) -> State | None:
        """Return a student's state; None where there is none, or where it cannot be read."""
        try:
            return self._decoder.decode(self._path(student).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, student: str, state: State) -> None:
        """Replace a student's state, atomically."""
        path = self._path(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_bytes(msgspec.json.encode(state))
        unfinished.replace(path)

    def forget(self, student: str) -> None:
        """Remove a student's state: what is there of the grading is about to change."""
        self._path(student).unlink(missing_ok=True)

    def _path(self, student: str) -> Path:
        return self._folder / f"{student}.json"
