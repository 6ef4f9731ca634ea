"""What is read of the gradebook, as plain frozen data that can be sent to a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["grade", "solution", "task"]


@dataclass(frozen=True)
class FrameCell:
    """A cell of the instructor's, as the release version has it.

    locked: its source is restored in submissions. kinds: what nbgrader knows it as, none for one that
    is only read. max_score: its points, where it is a grade or a task cell.
    """

    grade_id: str
    cell_type: str
    locked: bool
    source: str
    checksum: str | None
    kinds: frozenset[Kind]
    max_score: float | None = None


@dataclass(frozen=True)
class FrameNotebook:
    """A notebook of an assignment: its cells by grade_id, and its kernelspec as JSON."""

    name: str
    kernelspec: str | None
    cells: Mapping[str, FrameCell]


@dataclass(frozen=True)
class Frame:
    """An assignment: its notebooks by name. duedate: in UTC without a zone; None where there is none."""

    assignment: str
    duedate: datetime | None
    notebooks: Mapping[str, FrameNotebook]


@dataclass(frozen=True)
class ByHand:
    """What humans entered for a student, by notebook and grade_id."""

    scores: Mapping[tuple[str, str], float] = field(default_factory=dict)
    extra_credit: Mapping[tuple[str, str], float] = field(default_factory=dict)
    comments: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def counted(self, automatic: Mapping[str, float | None]) -> dict[str, float | None]:
        """Return what counts, by grade_id, where the automatic points are these; None: nobody gave any."""
        manual = {cell: points for (_, cell), points in self.scores.items()}
        extra = {cell: points for (_, cell), points in self.extra_credit.items()}
        return {
            cell: None if points is None else points + extra.get(cell, 0.0)
            for cell, points in {**automatic, **manual}.items()
        }


@dataclass(frozen=True)
class CellGrade:
    """Points of a cell: the human's before the judge's, with extra credit."""

    score: float
    max_score: float


@dataclass(frozen=True)
class NotebookRows:
    """What a feedback page says of a notebook.

    score: its points after the late penalty. grades, comments: by grade_id; a human's comment before the
    automatic one, None where there is none.
    """

    name: str
    score: float
    max_score: float
    late_penalty: float
    grades: Mapping[str, CellGrade]
    comments: Mapping[str, str | None]


@dataclass(frozen=True)
class StudentRows:
    """What the feedback pages say of a student's submission: its notebooks by name."""

    assignment: str
    student: str
    timestamp: datetime | None
    notebooks: Mapping[str, NotebookRows]


@dataclass(frozen=True)
class StoredSubmission:
    """A submission as the gradebook has it.

    points: by notebook and grade_id, with extra credit; None where neither judge nor human gave any yet.
    late_penalty: points taken off the whole submission. unconfirmed: cells, by notebook and grade_id, whose
    points were given by hand, and which were graded again since. waiting: other cells that a human has to
    look at.
    """

    student: str
    timestamp: datetime | None
    points: Mapping[str, Mapping[str, float | None]]
    late_penalty: float = 0.0
    unconfirmed: tuple[tuple[str, str], ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()

    @property
    def cells(self) -> dict[str, float | None]:
        """Points by grade_id, of all notebooks."""
        return {name: points for book in self.points.values() for name, points in book.items()}
