"""Students' ids: from the names that an LMS gives, made safe, or from the course's roster."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graders.intake.limits import MAX_ID_BYTES
from graders.intake.names import Sender
from graders.intake.paths import digest_of, shortened
from graders.intake.records import IntakeError
from graders.spreadsheet import delimiter_of

UNSAFE = re.compile(r"[^\w .@'()-]+")
"""Not in ids: what separates paths, stands for others in patterns and lists, or controls terminals.

A plus sign separates names in nbgrader's exchange.
"""

STUDENT = "student_id"
NBGRADERS_STUDENT = "id"
"""What nbgrader calls that column: a file for `nbgrader db student import` is a roster, too."""

ID_COLUMNS = ("lms_id", "lms_user_id", "username", "email")
NAME_COLUMNS = ("name", "first_name", "last_name")


class NoIdError(Exception):
    """A name that gives no id. The message says why, and the remedy."""


@dataclass(frozen=True)
class Identity:
    """A student's id, and what to tell where it is not the name that was found."""

    student: str
    note: str = ""


def safe_id(name: str) -> Identity:
    """Return an id that can name a folder. One that had to be changed ends in a digest, so that it is unique.

    Raises NoIdError: nothing is left of the name.
    """
    text = unicodedata.normalize("NFC", name).strip()
    student = UNSAFE.sub("-", text).strip(".- ")
    if not re.search(r"\w", student):
        raise NoIdError(f"{_quoted(name)} is no name of a student; rename it to the student's id")
    if student == text:
        student = shortened(text, MAX_ID_BYTES)
        return Identity(student, "" if student == text else _changed(name, student))
    student = shortened(f"{student}-{digest_of(text)}", MAX_ID_BYTES)
    return Identity(student, _changed(name, student))


def _changed(name: str, student: str) -> str:
    return f"the name {_quoted(name)} cannot be a student's id; it became {student!r}"


def _quoted(name: str) -> str:
    return repr(name[:40])


def slug(name: str) -> str:
    """`ada_beech` for the name `Ada Beech`: letters and digits of any language."""
    return re.sub(r"[^\w.-]", "", re.sub(r"\s+", "_", unicodedata.normalize("NFC", name).strip())).lower()


def default_ids(senders: Iterable[Sender]) -> dict[Sender, Identity | NoIdError]:
    """Give each sender an id by name. Where two have the same, the LMS's numbers keep them apart.

    Two without numbers, or that differ in case alone, have none: work would reach the wrong student.
    """
    found: dict[Sender, Identity | NoIdError] = {}
    for sender in senders:
        try:
            found[sender] = safe_id(_plain_name(sender))
        except NoIdError as error:
            found[sender] = error
    for same in _same_ids(found).values():
        for sender in same:
            found[sender] = _apart(sender, same)
    return found


def _plain_name(sender: Sender) -> str:
    return slug(sender.name) or sender.lms_id if sender.convention == "moodle" else sender.name


def _same_ids(found: Mapping[Sender, Identity | NoIdError]) -> dict[str, list[Sender]]:
    """Senders that have one id, by that id with case left out, where there are several."""
    groups: dict[str, list[Sender]] = defaultdict(list)
    for sender, identity in found.items():
        if isinstance(identity, Identity):
            groups[identity.student.casefold()].append(sender)
    return {student: senders for student, senders in groups.items() if len(senders) > 1}


def _apart(sender: Sender, same: list[Sender]) -> Identity | NoIdError:
    numbers = [other.lms_id for other in same]
    if all(numbers) and len(set(numbers)) == len(numbers):
        student = safe_id(f"{slug(sender.name)}-{sender.lms_id}").student
        return Identity(student, f"several students are called {_quoted(sender.name)}; this is {student!r}")
    others = " and ".join(sorted({_quoted(other.name) for other in same}))
    return NoIdError(f"{others} would be one student's id; rename one, or give a roster that maps them")


class Roster:
    """The course's list of students: their ids, and what else they are called.

    unread: columns that are none of those that tell what a student is called.
    """

    def __init__(self, rows: Iterable[Mapping[str, str]], unread: tuple[str, ...] = ()) -> None:
        self.unread = unread
        self._students: set[str] = set()
        self._by_id: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            student = row[STUDENT]
            self._students.add(student)
            self._by_id[_key(student)].add(student)
            for column in ID_COLUMNS:
                self._by_id[_key(row.get(column, ""))].add(student)
            for name in _names(row):
                self._by_name[_key(name)].add(student)

    def identity(self, sender: Sender) -> Identity:
        """Return the id of a sender: by the LMS's number, by user name or id, or by name.

        Raises NoIdError: the roster has none, or several of that name.
        """
        if sender.name in self._students:
            return Identity(sender.name)
        tries = [(self._by_id, sender.lms_id), (self._by_id, sender.name), (self._by_name, sender.name)]
        for index, text in tries:
            students = index.get(_key(text), set()) if _key(text) else set()
            if len(students) > 1:
                raise NoIdError(
                    f"the roster has {len(students)} students for {_quoted(text)}; add a column lms_id"
                )
            if students:
                return Identity(next(iter(students)))
        raise NoIdError(f"the roster has no {_quoted(sender.name)}; add a line, or collect without a roster")


def read_roster(path: Path) -> Roster:
    """Read a roster, a CSV file with the column student_id, or id, as nbgrader calls it.

    Known are also ID_COLUMNS and NAME_COLUMNS, each of which may be there. Semicolons and tabs may stand for
    the commas, as some spreadsheets write them.

    Raises:
        IntakeError: it cannot be read, has no such column, or has an id that cannot name a folder.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
        columns = [column.strip() for column in table.fieldnames or ()]
        rows = [{key.strip(): value or "" for key, value in row.items() if key is not None} for row in table]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise IntakeError(f"{path} cannot be read ({error}): a roster is a CSV file in UTF-8") from None
    student = STUDENT if STUDENT in columns else NBGRADERS_STUDENT
    if student not in columns:
        there = ", ".join(map(repr, columns)) or "none"
        raise IntakeError(
            f"{path} has no column {STUDENT}, its columns are {there}: name it in the first line"
        )
    if not rows:
        raise IntakeError(f"{path} has no line below its columns: write one for each student")
    for number, row in enumerate(rows, start=2):
        row[STUDENT] = row[student].strip()
        _check(row[STUDENT], f"{path}, line {number}")
    known = ("", STUDENT, NBGRADERS_STUDENT, *ID_COLUMNS, *NAME_COLUMNS)
    return Roster(rows, tuple(column for column in columns if column not in known))


def _check(student: str, place: str) -> None:
    try:
        unchanged = safe_id(student).student == student
    except NoIdError:
        unchanged = False
    if not unchanged:
        raise IntakeError(f"{place}: {_quoted(student)} cannot name a student's folder: choose another id")


def _names(row: Mapping[str, str]) -> list[str]:
    """A student's name as Moodle writes it (first name first) and as Canvas does (last name first)."""
    first, last = row.get("first_name", ""), row.get("last_name", "")
    names = [f"{first} {last}", f"{last} {first}"] if first and last else []
    name = row.get("name", "")
    if name:
        words = name.replace(",", " ").split()
        names += [
            name,
            " ".join([*words[1:], words[0]]) if words else "",
            " ".join([*words[-1:], *words[:-1]]),
        ]
    return names


def _key(text: str) -> str:
    """A name with case, spaces and punctuation left out, as LMS leave them out of file names."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFC", text).casefold())
