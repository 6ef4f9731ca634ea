"""Grades for Moodle: its gradebook's CSV, or the offline grading worksheet of one assignment.

The gradebook's import asks which column is what, and stops at the first student whom it does not know. The
worksheet is known by its column Identifier; Moodle skips what is locked or out of range without a word, so
that is found here.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbgrader.api import Student
from traitlets import default

from graders.export.base import LmsExportPlugin
from graders.export.scores import Column
from graders.export.sheet import ExportError, Sheet, number

WORKSHEET = ("Identifier", "Grade", "Last modified (grade)")
"""The columns that Moodle must find in a worksheet."""

NAMES = ("First name", "Last name")


class MoodleExportPlugin(LmsExportPlugin):
    """Exports grades as Moodle imports them.

    Best with a roster: the assignment's grading worksheet, or Grades, Export, Plain text file.
    """

    default_to = "moodle.csv"

    @default("match")
    def _match_default(self) -> str:
        return "Email address"

    @default("student_field")
    def _student_field_default(self) -> str:
        return "email"

    def new_sheet(self, students: Sequence[Student], columns: Sequence[Column]) -> Sheet:
        """Make a file for the gradebook's import. Raises ExportError for a worksheet."""
        if self.match == "Identifier":
            raise ExportError(
                "only Moodle knows the identifiers of a grading worksheet: download it from the assignment "
                "and name it with --MoodleExportPlugin.roster=FILE"
            )
        rows = [
            [student.first_name or "", student.last_name or "", self.identifier(student)]
            for student in students
            if self.identifier(student)
        ]
        return Sheet([[*NAMES, self.match], *rows], newline="\n")

    def check(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        """A worksheet is of one assignment, and has its columns. Raises ExportError."""
        if not _is_worksheet(sheet):
            return
        missing = [name for name in WORKSHEET if name not in sheet.header]
        if missing:
            raise ExportError(
                f"{self.roster} has no column {', '.join(missing)}: download the grading worksheet again, "
                "with Moodle in English"
            )
        if sheet.delimiter != ",":
            raise ExportError(f"{self.roster}: Moodle reads worksheets with commas alone: download it again")
        if len(columns) != 1:
            raise ExportError(
                f"{self.roster} is the grading worksheet of one assignment, and there are {len(columns)} "
                "columns to export: name one assignment with --assignment '[\"NAME\"]', without points"
            )

    def place_of(self, column: Column, sheet: Sheet) -> int:
        """The column of a worksheet's grades, of an assignment, or a new one. Raises ExportError."""
        if _is_worksheet(sheet):
            return sheet.header.index("Grade")
        wanted = self.title_of(column)
        names = (wanted, f"Assignment: {wanted}", f"{wanted} (Real)", f"Assignment: {wanted} (Real)")
        places = [place for place, name in enumerate(sheet.header) if name in names]
        if len(places) > 1:
            there = ", ".join(sheet.header[place] for place in places)
            raise ExportError(
                f"{self.roster} has several columns for {column.name}: {there}; name one with "
                f"--MoodleExportPlugin.columns='{column.name}=NAME'"
            )
        if places:
            return places[0]
        place = self.add_column(column, sheet)
        if self.roster:
            self.log.warning(
                "%s has no column for %s: a new one is added; choose its grade item when you import it",
                self.roster,
                column.name,
            )
        return place

    def refusal(self, sheet: Sheet, row: Sequence[str], column: Column, score: float) -> str | None:
        """Moodle skips grades that are locked, or above the maximum grade."""
        if not _is_worksheet(sheet):
            return None
        cells = {name.casefold(): cell.strip() for name, cell in zip(sheet.header, row, strict=True)}
        if cells.get("grade can be changed", "Yes").casefold() == "no":
            return "the grade is locked in Moodle; unlock it there"
        most = number(cells.get("maximum grade", ""))
        if most is not None and score > most:
            wanted = f"set it to {column.max_score:g} there"
            return f"{score:g} is above Moodle's maximum grade {most:.2f}; {wanted}"
        return None

    def student_rows(self, sheet: Sheet) -> list[list[str]]:
        """All rows but the header."""
        return sheet.rows[1:]

    def ignored_columns(self, sheet: Sheet) -> Sequence[int]:
        """Names: Moodle finds nobody by them."""
        return [place for place, name in enumerate(sheet.header) if name in (*NAMES, "Surname", "Full name")]


def _is_worksheet(sheet: Sheet) -> bool:
    return sheet.header[0] == "Identifier"
