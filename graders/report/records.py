"""What a class report says, as plain data; the page, the terminal, the JSON and the CSV all come from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SCHEMA = "graders.report/1"
"""Name and version of the JSON form; a field that changes its meaning makes a new version."""


class ReportError(Exception):
    """No report can be made. The message names what is missing, and the remedy."""


class State(StrEnum):
    """How far a student's work is."""

    GRADED = "graded"
    WAITING = "needs manual grading"
    NOT_GRADED = "not graded"
    """Something was handed in, and there is no grade of it."""
    MISSING = "nothing handed in"


@dataclass(frozen=True)
class Point:
    """One graded cell: its grade_id, its title, and the most that it earns."""

    name: str
    title: str
    max_score: float


@dataclass(frozen=True)
class Cause:
    """Why points were lost: the point, the cause by name, and the sentence for it.

    point: None for a cause that any point can have, such as code that does not come to an end.
    """

    point: str | None
    name: str
    sentence: str


@dataclass(frozen=True)
class Student:
    """One student's work.

    points: by name of the point; None where a human has to grade. score: points in total less the late
    penalty, never below 0; None where nothing is graded. causes: root causes alone. waiting: points that a
    human has to look at. unconfirmed: those of them that a human gave points for, and that were graded again
    since. seconds: wall time of the run, None where it was not noted. feedback: the page, relative to the
    course's folder.
    """

    id: str
    name: str
    state: State
    score: float | None = None
    penalty: float = 0.0
    handed_in: datetime | None = None
    points: Mapping[str, float | None] = field(default_factory=dict)
    causes: Sequence[Cause] = ()
    waiting: Sequence[str] = ()
    unconfirmed: Sequence[str] = ()
    problem: str | None = None
    repairs: Sequence[str] = ()
    seconds: float | None = None
    failures: Sequence[str] = ()
    feedback: str | None = None


@dataclass(frozen=True)
class Bin:
    """Scores from `low` up to, but not including, `high`; the last bin includes it."""

    low: float
    high: float
    students: Sequence[str]


@dataclass(frozen=True)
class PassRate:
    """How a class did on one point. scored: students whose point has a score."""

    point: Point
    full: int
    part: int
    none: int

    @property
    def scored(self) -> int:
        """Students whose point has a score."""
        return self.full + self.part + self.none

    @property
    def share(self) -> float:
        """Share with full marks, from 0 to 1; 0 where nobody has a score."""
        return self.full / self.scored if self.scored else 0.0


@dataclass(frozen=True)
class CauseCount:
    """A root cause and the students behind it."""

    cause: Cause
    students: Sequence[str]


@dataclass(frozen=True)
class Pair:
    """Two submissions and the share of each one's own code that is also in the other's, from 0 to 1."""

    students: tuple[str, str]
    shares: tuple[float, float]

    @property
    def similarity(self) -> float:
        """The larger share: a short text that is all in a longer one counts in full."""
        return max(self.shares)


@dataclass(frozen=True)
class Alike:
    """What comparing all submissions found.

    compared: students with code of their own. typical: the median pair's similarity. threshold: pairs from
    this similarity on are listed.
    """

    compared: int
    typical: float
    threshold: float
    pairs: Sequence[Pair]


@dataclass(frozen=True)
class Summary:
    """Figures of the complete grades; None where there are none."""

    count: int
    mean: float | None
    median: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class ClassReport:
    """All that is said of a class. alike: None where submissions were not compared."""

    assignment: str
    made: datetime
    max_score: float
    points: Sequence[Point]
    students: Sequence[Student]
    summary: Summary
    distribution: Sequence[Bin]
    pass_rates: Sequence[PassRate]
    causes: Sequence[CauseCount]
    slowest: Sequence[Student]
    failed_runs: Sequence[Student]
    alike: Alike | None = None

    def in_state(self, state: State) -> list[Student]:
        """Return the students in a state, in the report's order."""
        return [student for student in self.students if student.state is state]
