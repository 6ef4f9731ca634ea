"""What the intake comes to: for each student, and for files that are nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["new", "unchanged", "replaced", "refused"]


class IntakeError(Exception):
    """The source, the roster or the course is not as it must be. The message names file and remedy."""


@dataclass(frozen=True)
class Problem:
    """A file that could not be taken: which, why, and what to do. It costs nobody else anything."""

    file: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}; {self.remedy}"


@dataclass(frozen=True)
class StudentIntake:
    """What became of one student's submission.

    state: new; unchanged (what was there stays); replaced (what was there is kept under .graders/replaced/);
    refused (nothing was taken). notes: for the student and the instructor.
    """

    student: str
    state: State
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """The report on one source. remarks: on the source as a whole, where nothing is wrong with a file."""

    students: tuple[StudentIntake, ...]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def fresh(self) -> tuple[str, ...]:
        """Students whose work is new or has changed."""
        return tuple(intake.student for intake in self.students if intake.state in ("new", "replaced"))

    def count(self, state: State) -> int:
        """Return how many students are in a state; files that are nobody's are refused, too."""
        nobodys = len(self.problems) if state == "refused" else 0
        return sum(intake.state == state for intake in self.students) + nobodys
