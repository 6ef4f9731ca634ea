"""What the export plug-ins share: fill a file of the learning management system in, and say what changes."""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Dict, Enum, Unicode

from graders.export.outcome import Outcome
from graders.export.scores import Column, Entry, columns_of, entries
from graders.export.sheet import ExportError, Sheet, check_replaceable, identifying, number, read_sheet

DECIMALS = 2
"""Both systems keep and compare two decimals."""

TOLERANCE = 0.5 * 10**-DECIMALS

NBGRADERS_COLUMNS = {"email": "email", "lms_user_id": "lms_user_id", "name": "first_name and last_name"}
"""What nbgrader calls the columns that it imports a student's field from."""


class LmsExportPlugin(ExportPlugin):
    """Fills in a CSV file that a learning management system exported, or makes a new one.

    A cell is only written where there is a grade. Whatever else is in the file stays as it is.
    """

    roster = Unicode(
        "",
        help="The CSV file that the system exported, to be filled in. Without it a new file is made of all "
        "students in nbgrader's gradebook.",
    ).tag(config=True)

    match = Unicode("", help="The column that identifies a student in the system.").tag(config=True)

    student_field = Enum(
        ("id", "email", "lms_user_id", "name"),
        "id",
        help="What of a student in nbgrader's gradebook equals that column: id, email, lms_user_id, or name "
        "(first and last).",
    ).tag(config=True)

    identifiers = Dict(
        help="Students whose identifier in the system is another: identifier by nbgrader's student id."
    ).tag(config=True)

    columns = Dict(
        help="Columns of the system whose name is another: name by nbgrader's assignment, or by 'ASSIGNMENT "
        "POINT' for a point."
    ).tag(config=True)

    points = Bool(False, help="Also a column for each point.").tag(config=True)

    unfinished = Bool(
        False, help="Also export scores of submissions in which a point waits for manual grading."
    ).tag(config=True)

    missing_as_zero = Bool(
        False, help="Give 0 to students who handed nothing in, where their cell is empty."
    ).tag(config=True)

    dry_run = Bool(False, help="Write nothing: show what would change.").tag(config=True)

    default_to = "grades.csv"

    @abstractmethod
    def new_sheet(self, students: Sequence[Student], columns: Sequence[Column]) -> Sheet:
        """Make a file for these students, with empty columns for the grades."""

    @abstractmethod
    def place_of(self, column: Column, sheet: Sheet) -> int:
        """Return the place of a column in the file; a column that is not there is added."""

    @abstractmethod
    def student_rows(self, sheet: Sheet) -> list[list[str]]:
        """Return the rows that stand for students."""

    @abstractmethod
    def ignored_columns(self, sheet: Sheet) -> Sequence[int]:
        """Return the places of columns that the system does not read when it imports: those of names."""

    def refusal(self, sheet: Sheet, row: Sequence[str], column: Column, score: float) -> str | None:
        """Why the system would not take a score; None if it would."""
        return None

    def check(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        """Say what of the file does not fit the gradebook. Raises ExportError."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file, and say who is not in it and what is missing; end with exit code 1 on an error."""
        try:
            self.fill_in(gradebook)
        except ExportError as error:
            self.log.error("%s", error)
            sys.exit(1)

    def fill_in(self, gradebook: Gradebook) -> None:
        """Write the file.

        Raises:
            ExportError: nothing was written, and why.
        """
        check_replaceable(Path(self.to or self.default_to))
        assignments = [a for a in gradebook.assignments if not self.assignment or a.name in self.assignment]
        unknown = sorted(set(map(str, self.assignment)) - {a.name for a in assignments})
        if unknown or not assignments:
            there = ", ".join(a.name for a in gradebook.assignments) or "none"
            raise ExportError(
                f"the gradebook has no assignment {', '.join(unknown) or 'at all'}; there are: {there}"
            )
        self._check_columns(gradebook.assignments)
        columns = columns_of(assignments, per_point=self.points)
        students = sorted(gradebook.students, key=lambda student: str(student.id))
        wanted = {str(student) for student in self.student}
        chosen = [student for student in students if not wanted or student.id in wanted]
        sheet = self._open(chosen, columns)
        outcome = Outcome()
        found = entries(gradebook, columns, chosen, unfinished=self.unfinished)
        self._fill(sheet, list(found), columns, outcome, whole_class=not wanted)
        if not self.roster:
            self._drop_empty(sheet, columns)
        self._disarm(sheet)
        self._write(sheet, outcome)

    def _check_columns(self, assignments: Sequence[Assignment]) -> None:
        """Warn of settings in `columns` that are for nothing in the gradebook."""
        known = [column.name for column in columns_of(assignments, per_point=True)]
        for name in sorted(set(map(str, self.columns)) - set(known)):
            self.log.warning(
                "%s.columns names a column for %r, which is no assignment or point of the gradebook; "
                "there are: %s",
                type(self).__name__,
                name,
                ", ".join(known),
            )

    def _open(self, students: Sequence[Student], columns: Sequence[Column]) -> Sheet:
        if not self.roster:
            return self.new_sheet(students, columns)
        sheet = read_sheet(Path(self.roster))
        self.check(sheet, columns)
        return sheet

    def title_of(self, column: Column) -> str:
        """What a column is called in the system, as far as the settings tell."""
        return str(self.columns.get(column.name, column.name))

    def add_column(self, column: Column, sheet: Sheet) -> int:
        """Add a column that the file does not have, and return its place.

        Raises:
            ExportError: the settings name a column of the file, and it has none of that name.
        """
        title = self.title_of(column)
        if self.roster and column.name in self.columns:
            raise ExportError(
                f"{self.roster} has no column {title!r}, which {type(self).__name__}.columns names for "
                f"{column.name}, only {', '.join(map(repr, sheet.header))}: correct the setting, or "
                "leave it out for a new column"
            )
        return sheet.add_column(title)

    def identifier(self, student: Student) -> str:
        """What identifies a student in the system; empty where nothing is known."""
        if student.id in self.identifiers:
            return str(self.identifiers[student.id])
        if self.student_field == "name":
            return " ".join(filter(None, (student.first_name, student.last_name)))
        return str(getattr(student, self.student_field) or "")

    def match_place(self, sheet: Sheet) -> int:
        """Return the place of the column that identifies students. Raises ExportError."""
        try:
            return sheet.header.index(self.match)
        except ValueError:
            raise ExportError(
                f"{self.roster} has no column {self.match!r}, only {', '.join(map(repr, sheet.header))}: "
                f"name the one that identifies a student with --{type(self).__name__}.match=COLUMN"
            ) from None

    def _fill(
        self,
        sheet: Sheet,
        found: Sequence[Entry],
        columns: Sequence[Column],
        outcome: Outcome,
        *,
        whole_class: bool,
    ) -> None:
        rows = self._by_identifier(sheet)
        places = {column: self.place_of(column, sheet) for column in columns}
        seen: set[str] = set()
        for entry in found:
            key = identifying(self.identifier(entry.student))
            row = rows.get(key) if key else None
            if row is None:
                outcome.unknown.append(self._not_found(entry.student))
                continue
            if key in seen:
                raise ExportError(
                    f"two students have the identifier {self.identifier(entry.student)!r}, one of them "
                    f"{entry.student.id}: set --{type(self).__name__}.identifiers"
                )
            seen.add(key)
            outcome.waiting += [f"{entry.student.id}: {reason}" for reason in entry.waits]
            outcome.missing += [f"{entry.student.id}: {name}" for name in entry.missing]
            self._fill_row(sheet, row, entry, places, outcome)
        if whole_class:
            outcome.unlisted += [row[0] or key for key, row in rows.items() if key not in seen]

    def _by_identifier(self, sheet: Sheet) -> dict[str, list[str]]:
        place = self.match_place(sheet)
        rows: dict[str, list[str]] = {}
        for row in self.student_rows(sheet):
            key = identifying(row[place])
            if key in rows:
                raise ExportError(
                    f"{self.roster} has {row[place]!r} twice in the column {self.match!r}: name another "
                    f"column with --{type(self).__name__}.match=COLUMN"
                )
            if key:
                rows[key] = row
        return rows

    def _not_found(self, student: Student) -> str:
        identifier = self.identifier(student)
        if not identifier:
            columns = f"the columns id and {NBGRADERS_COLUMNS.get(self.student_field, self.student_field)}"
            return (
                f"{student.id}: the gradebook has no {self.student_field} of this student; give it one with "
                f"`nbgrader db student import FILE`, a CSV file with {columns}"
            )
        return f"{student.id}: nobody has {identifier!r} as {self.match}"

    def _fill_row(
        self,
        sheet: Sheet,
        row: list[str],
        entry: Entry,
        places: Mapping[Column, int],
        outcome: Outcome,
    ) -> None:
        for column, place in places.items():
            score, before = entry.scores[column], number(row[place])
            if score is None and self._counts_as_zero(entry, column, before):
                score = 0.0
            if score is None:
                continue
            if before is not None and abs(before - score) < TOLERANCE:
                outcome.same += 1
                continue
            refusal = self.refusal(sheet, row, column, score)
            if refusal:
                outcome.refused.append(f"{entry.student.id}: {sheet.header[place]}: {refusal}")
                continue
            after = f"{score:.{DECIMALS}f}"
            outcome.changes.append((str(entry.student.id), sheet.header[place], row[place], after))
            row[place] = after

    def _drop_empty(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        """Leave out students without any grade: an empty cell can clear a grade that is there."""
        places = [self.place_of(column, sheet) for column in columns]
        empty = [row for row in self.student_rows(sheet) if not any(row[place] for place in places)]
        sheet.rows[:] = [row for row in sheet.rows if not any(row is other for other in empty)]

    def _counts_as_zero(self, entry: Entry, column: Column, before: float | None) -> bool:
        return self.missing_as_zero and column.assignment in entry.missing and before is None

    def _disarm(self, sheet: Sheet) -> None:
        """Make names harmless in a spreadsheet; say what else it would run."""
        for text, title in sheet.disarm(self.ignored_columns(sheet)):
            self.log.warning(
                "%r in the column %r begins like a formula, and is kept, as it is imported as it is; "
                "do not open the file in a spreadsheet",
                text,
                title,
            )

    def _write(self, sheet: Sheet, outcome: Outcome) -> None:
        target = Path(self.to or self.default_to)
        for line in outcome.warnings(unfinished=self.unfinished):
            self.log.warning("%s", line)
        if self.dry_run:
            told = f"{target} would get {outcome.counts()}; nothing was written"
            print(*outcome.changed(), told, sep="\n")
            return
        try:
            target.write_bytes(sheet.text().encode())
        except OSError as error:
            raise ExportError(
                f"{target} cannot be written: {error.strerror}; name another with --to"
            ) from None
        print(f"Wrote {target}: {outcome.counts()}")
