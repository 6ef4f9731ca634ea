"""Grades for Canvas: its gradebook's CSV, as Canvas exports and imports it.

Canvas finds a student by ID, then SIS User ID, then SIS Login ID, then the name; an assignment by the number
in brackets behind its title. The row with the points possible follows the header.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbgrader.api import Student
from traitlets import default

from graders.export.base import LmsExportPlugin
from graders.export.scores import Column
from graders.export.sheet import ExportError, Sheet, number

IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
"""The first columns of the file, which Canvas insists on."""

IDENTIFIERS = ("ID", "SIS User ID", "SIS Login ID")
NAMES = ("Student", "LastName", "FirstName", "Section")
POINTS_POSSIBLE = "    Points Possible"
"""With the four blanks that Canvas writes."""

WITH_ID = re.compile(r"^(?P<title>.*\S)\s*\((?P<id>\d+)\)$")
POSTING = re.compile(r"^\s*(Muted|Manual Posting.*)?\s*$", re.IGNORECASE)


class CanvasExportPlugin(LmsExportPlugin):
    """Exports grades as Canvas imports them.

    Best with a roster: Canvas, Grades, Export. Then only the assignments' columns change.
    """

    default_to = "canvas.csv"

    @default("match")
    def _match_default(self) -> str:
        return "SIS Login ID"

    def new_sheet(self, students: Sequence[Student], columns: Sequence[Column]) -> Sheet:
        """Make a file in Canvas's form; columns get no number, so Canvas asks which assignment they are."""
        if self.match not in IDENTIFIERS:
            raise ExportError(
                f"Canvas identifies no student by {self.match!r}: set --CanvasExportPlugin.match to one of "
                f"{', '.join(IDENTIFIERS)}"
            )
        header = [*IDENTITY]
        rows = [
            [_sortable(student), *self._identifiers(student), ""]
            for student in students
            if self.identifier(student)
        ]
        return Sheet([header, [POINTS_POSSIBLE, "", "", "", ""], *rows], newline="\n")

    def _identifiers(self, student: Student) -> list[str]:
        return [self.identifier(student) if name == self.match else "" for name in IDENTIFIERS]

    def check(self, sheet: Sheet, columns: Sequence[Column]) -> None:
        """Take only what Canvas exported; warn where the points possible differ. Raises ExportError."""
        known = "Student" in sheet.header[0] or sheet.header[:2] == ["LastName", "FirstName"]
        possible = _points_row(sheet)
        if not known or "Section" not in sheet.header or possible is None:
            raise ExportError(
                f"{self.roster} is not what Canvas exports, with {', '.join(IDENTITY)} and a row Points "
                "Possible: take the file of Grades, Export"
            )
        for column in columns:
            place = self._find(column, sheet)
            if place is None:
                continue
            if "read only" in possible[place]:
                raise ExportError(
                    f"{self.roster}: Canvas does not take grades for {sheet.header[place]!r}: it is read only"
                )
            if number(possible[place]) != column.max_score:
                self.log.warning(
                    "%s has %s points in Canvas and %g here: grades are not scaled",
                    sheet.header[place],
                    possible[place].strip() or "no",
                    column.max_score,
                )

    def place_of(self, column: Column, sheet: Sheet) -> int:
        """The column of an assignment, or a new one, which Canvas will ask about. Raises ExportError."""
        place = self._find(column, sheet)
        if place is not None:
            return place
        place = self.add_column(column, sheet)
        if self.roster:
            self.log.warning(
                "%s has no column for %s: a new one is added, and Canvas will ask what it is; if it has "
                "another name there: --CanvasExportPlugin.columns='%s=NAME (NUMBER)'",
                self.roster,
                column.name,
                column.name,
            )
        possible = _points_row(sheet)
        if possible is not None:
            possible[place] = f"{column.max_score:.2f}"
        return place

    def _find(self, column: Column, sheet: Sheet) -> int | None:
        wanted = self.title_of(column)
        places = [n for n, name in enumerate(sheet.header) if wanted in (name, _title(name))]
        if len(places) > 1:
            names = ", ".join(sheet.header[place] for place in places)
            raise ExportError(
                f"{self.roster} has several columns for {column.name}: {names}; name one with "
                f"--CanvasExportPlugin.columns='{column.name}=NAME (NUMBER)'"
            )
        return places[0] if places else None

    def student_rows(self, sheet: Sheet) -> list[list[str]]:
        """All rows but the header, the points possible and the posting policy."""
        return [
            row
            for row in sheet.rows[1:]
            if "Points Possible" not in row[0] and not all(POSTING.match(cell) for cell in row)
        ]

    def ignored_columns(self, sheet: Sheet) -> Sequence[int]:
        """Names and sections: Canvas looks at names last, where no identifier is there."""
        return [place for place, name in enumerate(sheet.header) if name in NAMES]


def _points_row(sheet: Sheet) -> list[str] | None:
    return next((row for row in sheet.rows if "Points Possible" in row[0]), None)


def _title(name: str) -> str:
    """An assignment's title, without the number."""
    match = WITH_ID.match(name)
    return match["title"] if match else name


def _sortable(student: Student) -> str:
    """A name as Canvas sorts it; without one, the id."""
    return ", ".join(filter(None, (student.last_name, student.first_name))) or str(student.id)
