"""Which of the files handed in is the notebook of the assignment, whatever it is called.

Of several, the one that comes first by this order:

1. something in its solution cells differs from the release version;
2. it has the expected name;
3. it carries more of the assignment's cells;
4. it has more of the assignment's code;
5. its file is newer; 6. its path is shorter, or comes first.

A notebook of another name counts only if it carries one of the assignment's solution or test cells, or much
of its code, or is called as the expected one but for a copy's mark. A file with another suffix, as browsers
rename downloads, counts only if it is a notebook with such cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbformat import NotebookNode
from traitlets.config import Config

from graders.assignment import Assignment, nbgrader_data
from graders.intake.archives import ARCHIVES, OTHER_ARCHIVES
from graders.intake.layout import NOTEBOOK
from graders.intake.paths import Parts, is_renamed, is_variant, shown, suffix_of
from graders.intake.staging import Staged
from graders.intake.times import TIMESTAMP
from graders.nodes import copy_of
from graders.submission import SubmissionError, read_notebook

MIN_SHARE = 0.3
"""Share of the assignment's lines of code that a notebook without its cells must have to be taken for it."""

MAX_LISTED = 3

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
    """Chooses the notebook of one assignment. release: the version that students got, if it is known."""

    def __init__(self, assignment: Assignment, release: NotebookNode | None) -> None:
        self.assignment = assignment.name
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
        renamed = [file for file in files if is_renamed(file.parts[-1])]
        counting = [candidate for candidate in map(self._candidate, there) if candidate.counts]
        counting += [candidate for candidate in map(self._candidate, renamed) if candidate.cells > 0]
        candidates = sorted(counting, key=lambda candidate: candidate.rank)
        if not candidates:
            return None, [self._missing(there, files)]
        best, *others = candidates
        notes = []
        if not best.expected:
            notes.append(f"{shown(best.file.parts)} was taken for {self.name}")
        if others:
            listed = _listed([other.file for other in others])
            notes.append(f"of several notebooks, {shown(best.file.parts)} is graded, not {listed}")
        return best.file, notes

    def _missing(self, there: Sequence[Staged], files: Sequence[Staged]) -> str:
        if there:
            return f"no notebook of this assignment is there, only {_listed(there)}: hand in {self.name}"
        others = [file for file in files if file.parts != (TIMESTAMP,)]
        if not others:
            return f"there is no notebook: hand in {self.name}"
        is_packed = any(suffix_of(file.parts[-1]) in ARCHIVES | OTHER_ARCHIVES for file in others)
        first = "unpack it first, and " if is_packed else ""
        return f"there is no notebook, only {_listed(others)}: {first}hand in {self.name}"

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


def _listed(files: Sequence[Staged]) -> str:
    """The first names of files, and how many more there are."""
    listed = ", ".join(shown(file.parts) for file in files[:MAX_LISTED])
    return f"{listed} and {len(files) - MAX_LISTED} more" if len(files) > MAX_LISTED else listed


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


def as_released(root: Path, assignment: Assignment, config: Config) -> NotebookNode | None:
    """Return an assignment's notebook as students got it: the release version, or what will be released.

    None where nbgrader cannot tell which of it are solutions; releasing says what is wrong there.
    """
    try:
        return read_notebook(root / "release" / assignment.name / f"{assignment.name}{NOTEBOOK}")
    except SubmissionError:
        return _without_solutions(assignment.notebook, config)


def _without_solutions(notebook: NotebookNode, config: Config) -> NotebookNode | None:
    from nbgrader.preprocessors import ClearSolutions  # takes seconds to import

    import graders.lean_imports.nbconvert
    import graders.lean_imports.nbgrader  # noqa: F401 (both come before nbgrader)

    try:
        cleared: NotebookNode = ClearSolutions(config=config).preprocess(copy_of(notebook), {})[0]
    except RuntimeError:  # a solution that begins and does not end
        return None
    return cleared
