"""CSV files of a learning management system, read and written so that nothing else in them changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.spreadsheet import delimiter_of, harmless, runs_in_a_spreadsheet

BOM = "\ufeff"


SUFFIXES = (".csv", ".txt")
"""Of files that these systems export."""


class ExportError(Exception):
    """Nothing was written. The message names the file or the setting, and the remedy."""


@dataclass
class Sheet:
    """A table of text cells: rows of equal length, the first of them the header."""

    rows: list[list[str]]
    delimiter: str = ","
    bom: bool = False
    newline: str = "\r\n"

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return self.rows[0]

    def text(self) -> str:
        """The file's text, in the form that it was read in."""
        file = io.StringIO()
        csv.writer(file, delimiter=self.delimiter, lineterminator=self.newline).writerows(self.rows)
        return (BOM if self.bom else "") + file.getvalue()

    def add_column(self, name: str) -> int:
        """Add an empty column behind the others, and return its place."""
        self.header.append(name)
        for row in self.rows[1:]:
            row.append("")
        return len(self.header) - 1

    def disarm(self, free: Collection[int]) -> Iterator[tuple[str, str]]:
        """Put an apostrophe before texts that a spreadsheet would run, where columns are free to change.

        Yield the others, which are kept, with the names of their columns.
        """
        for row in self.rows[1:]:
            for place, text in enumerate(row):
                if place in free:
                    row[place] = harmless(text)
                elif runs_in_a_spreadsheet(text):
                    yield text, self.header[place]


def identifying(text: str) -> str:
    """Return a cell as identifiers are compared: without regard to case and outer blanks."""
    return text.strip().casefold()


def number(text: str) -> float | None:
    """Return a cell's number, with a point or a comma for the decimals; None where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def check_replaceable(target: Path) -> None:
    """Raise ExportError where a file is there that is no table, by its name: it is not to be replaced."""
    if target.is_file() and target.resolve().suffix.lower() not in SUFFIXES:
        raise ExportError(
            f"{target} is there, and is not replaced, as its name does not end in .csv: name one that does "
            "with --to, or move this one away"
        )


def read_sheet(path: Path) -> Sheet:
    """Read a CSV file, whatever its delimiter is.

    Raises:
        ExportError: it cannot be read, or is no table.
    """
    try:
        raw = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}; name a file that is there") from None
    except UnicodeDecodeError:
        raise ExportError(f"{path} is not in UTF-8: export it again with that encoding") from None
    text = raw.removeprefix(BOM)
    newline = "\r\n" if "\r\n" in text else "\n"
    delimiter = delimiter_of(text)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise ExportError(f"{path} is no CSV file: {error}; export it again") from None
    if not rows:
        raise ExportError(f"{path} is empty: export it again")
    return Sheet(_same_length(rows), delimiter, raw.startswith(BOM), newline)


def _same_length(rows: Sequence[list[str]]) -> list[list[str]]:
    """Fill short rows up; some programs cut empty cells off at the end of a line."""
    most = max(map(len, rows))
    return [row + [""] * (most - len(row)) for row in rows]
