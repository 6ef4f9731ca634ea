"""Which of the files handed in is the notebook of the assignment, whatever it is called.

Of several, the one that comes first by this order:

1. something in its solution cells differs from the release version (where the course has one);
2. it has the expected name;
3. it carries more of the assignment's cells;
4. it has more of the assignment's code;
5. its file is newer; 6. its path is shorter, or comes first.

A notebook of another name counts only if it carries one of the assignment's solution or test cells, or much
of its code, or is called as the expected one but for a copy's mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode

from graders.assignment import Assignment, nbgrader_data
from graders.intake.layout import NOTEBOOK
from graders.intake.paths import Parts, is_variant, shown, suffix_of
from graders.intake.staging import Staged
from graders.submission import SubmissionError, read_notebook

MIN_SHARE = 0.3
"""Share of the assignment's lines of code that a notebook without its cells must have to be taken for it."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Candidate:
    file: Staged
    expected: bool
    similar_name: bool
    cells: int
    share: float
    worked_on: bool

    @property
    def counts(self) -> bool:
        return self.expected or self.similar_name or self.cells > 0 or self.share >= MIN_SHARE

    @property
    def rank(self) -> tuple[object, ...]:
        time = self.file.modified
        aware = EPOCH if time is None else time if time.tzinfo else time.replace(tzinfo=UTC)
        parts = self.file.parts
        return (
            not self.worked_on,
            not self.expected,
            -self.cells,
            -self.share,
            -aware.timestamp(),
            len(parts),
            parts,
        )


class Chooser:
    """Chooses the notebook of one assignment. release: the release version, if the course has one."""

    def __init__(self, assignment: Assignment, release: NotebookNode | None) -> None:
        self.name = f"{assignment.name}{NOTEBOOK}"
        self._graded = {
            grade_id
            for grade_id, cell in _cells(assignment.notebook).items()
            if nbgrader_data(cell).get("solution") or nbgrader_data(cell).get("grade")
        }
        self._lines = _code(assignment.notebook)
        self._released = _solutions(release) if release is not None else None

    def choose(self, files: Sequence[Staged]) -> tuple[Staged | None, list[str]]:
        """Return the notebook, if there is one, and notes on what was chosen."""
        there = [file for file in files if suffix_of(file.parts[-1]) == NOTEBOOK]
        candidates = sorted(
            (c for c in map(self._candidate, there) if c.counts), key=lambda candidate: candidate.rank
        )
        if not candidates:
            return None, [self._missing(there)]
        best, *others = candidates
        notes = []
        if not best.expected:
            notes.append(f"{shown(best.file.parts)} was taken for {self.name}")
        if others:
            listed = ", ".join(shown(other.file.parts) for other in others[:3])
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            notes.append(f"of several notebooks, {shown(best.file.parts)} is graded, not {listed}{more}")
        return best.file, notes

    def _missing(self, there: Sequence[Staged]) -> str:
        if not there:
            return f"there is no notebook: hand in {self.name}"
        listed = ", ".join(shown(file.parts) for file in there[:3])
        return f"no notebook of this assignment is there, only {listed}: hand in {self.name}"

    def _candidate(self, file: Staged) -> _Candidate:
        name = file.parts[-1]
        expected, similar_name = name == self.name, is_variant(name, self.name)
        try:
            notebook = read_notebook(file.path)
        except SubmissionError:
            return _Candidate(file, expected, similar_name, 0, 0.0, worked_on=False)
        return _Candidate(
            file,
            expected,
            similar_name,
            len(self._graded & _cells(notebook).keys()),
            len(self._lines & _code(notebook)) / max(1, len(self._lines)),
            self._worked_on(notebook),
        )

    def _worked_on(self, notebook: NotebookNode) -> bool:
        if self._released is None:
            return False
        return any(
            grade_id in self._released and source != self._released[grade_id]
            for grade_id, source in _solutions(notebook).items()
        )


def _cells(notebook: NotebookNode) -> Mapping[str, NotebookNode]:
    """Cells by their grade_id, as far as they have one."""
    named = ((nbgrader_data(cell).get("grade_id"), cell) for cell in notebook.cells)
    return {grade_id: cell for grade_id, cell in named if isinstance(grade_id, str) and grade_id}


def _solutions(notebook: NotebookNode) -> Mapping[str, str]:
    """The sources of solution cells by grade_id."""
    return {
        grade_id: str(cell.source).strip()
        for grade_id, cell in _cells(notebook).items()
        if nbgrader_data(cell).get("solution")
    }


def _code(notebook: NotebookNode) -> set[str]:
    """The distinct lines of code."""
    lines = (line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines())
    return {line.strip() for line in lines if line.strip()}


def final_paths(files: Sequence[Staged], chosen: Staged | None, name: str) -> list[tuple[Staged, Parts]]:
    """Return where each file goes in the submission's folder.

    The chosen notebook gets the expected name; files beside it stay beside it.
    """
    beside = chosen.parts[:-1] if chosen is not None else ()
    placed = []
    for file in sorted(files, key=lambda file: file is not chosen):
        inside = file.parts[: len(beside)] == beside
        parts = file.parts[len(beside) :] if inside else file.parts
        placed.append((file, (name,) if file is chosen else parts))
    return placed


def read_release(root: Path, assignment: str) -> NotebookNode | None:
    """Read the release version of a course's assignment; None where there is none that can be read."""
    try:
        return read_notebook(root / "release" / assignment / f"{assignment}{NOTEBOOK}")
    except SubmissionError:
        return None
