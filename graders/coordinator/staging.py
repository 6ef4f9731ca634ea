"""Results that are set aside until somebody has agreed to what they change."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from graders.gradebook import ByHand
from graders.graded import GradedSubmission

STAGED = Path(".graders") / "staged"
"""Below the course's folder, by assignment. Only there while a change is being looked at."""


class Staged(msgspec.Struct, frozen=True):
    """A result, and the digest of the submission that it is of."""

    digest: str
    graded: GradedSubmission


@dataclass(frozen=True)
class Change:
    """A student's points before and after, by cell; None where a human has to grade."""

    student: str
    old: Mapping[str, float | None]
    new: Mapping[str, float | None]

    @property
    def is_one(self) -> bool:
        """Whether any points differ."""
        return dict(self.old) != dict(self.new)


class Staging:
    """A folder of results of one run."""

    def __init__(self, course: Path, assignment: str, *, keep: bool = False) -> None:
        """Begin with an empty folder, as what an earlier run left there was not agreed to, or keep it."""
        self._folder = course / STAGED / assignment
        if not keep:
            self.drop()
        self._decoder = msgspec.json.Decoder(Staged)

    def put(self, digest: str, graded: GradedSubmission) -> None:
        """Set a result aside."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._path(graded.student).write_bytes(msgspec.json.encode(Staged(digest, graded)))

    def take(self, student: str) -> tuple[str, GradedSubmission]:
        """Return a student's result, and the digest of the submission."""
        staged = self._decoder.decode(self._path(student).read_bytes())
        return staged.digest, staged.graded

    def change_of(self, student: str, old: Mapping[str, float | None], by_hand: ByHand) -> Change:
        """Compare a student's points here with those that count now; by_hand: what counts first."""
        _, graded = self.take(student)
        new = {name: points for one in graded.notebooks for name, points in one.scores.items()}
        return Change(student, dict(old), by_hand.counted(new))

    def drop(self) -> None:
        """Remove all results."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, student: str) -> Path:
        return self._folder / f"{student}.json"
