"""Conventions of names: whose a file is, and when it was handed in, as an LMS writes it into the name.

    Moodle      Ada Beech_12345_assignsubmission_file_/...       folders; the participant's number
                Ada Beech_12345_assignsubmission_file_hw.ipynb   without folders
    Canvas      beechada_LATE_123_45678_hw-2.ipynb               numbers of user and file; LATE if so
                anon_x1Y2z_45678_hw.ipynb                        where grading is anonymous
    Blackboard  Homework 7_abeech_attempt_2026-11-20-10-15-00_hw.ipynb
    nbgrader    abeech+07_training+2026-11-20 10:15:00 UTC       the exchange's inbound folders

The LMS's own part of a name comes first, and students choose only what is behind it. So the first match
counts, and a file that a student has named like another's submission stays the student's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Literal

from graders.intake.clock import parse_time
from graders.intake.records import IntakeError

Convention = Literal["folder", "zip", "moodle", "canvas", "blackboard", "nbgrader", "pattern"]

MOODLE_FOLDER = re.compile(r"(?P<name>[^_]+)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)_?")
MOODLE_FILE = re.compile(
    r"(?P<name>[^_]+)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)_(?P<file>.+)", re.DOTALL
)
CANVAS = re.compile(
    r"(?:(?P<name>[^\W\d]\w*?)_)??(?P<late>LATE_)?(?P<id>\d+|anon_[A-Za-z0-9]+)_(?P<number>\d+)_(?P<file>.+)",
    re.DOTALL,
)
CANVAS_TEXT = re.compile(
    r"(?:(?P<name>[^\W\d]\w*?)_)??(?P<late>LATE_)?(?P<id>\d+|anon_[A-Za-z0-9]+)_(?P<file>(?:text|link)\.html)"
)
BLACKBOARD = re.compile(
    r"(?P<before>.+?)_(?:attempt|poging)_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<text>\.txt))",
    re.DOTALL,
)
INBOUND = re.compile(
    r"(?P<name>[^+]+)\+(?P<assignment>[^+]+)\+"
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*(?:(?<= )\+\d\d(?:\d\d)?)?)(?:\+[^+]*)?"
)

BLACKBOARD_TIME = "%Y-%m-%d-%H-%M-%S"


@dataclass(frozen=True)
class Sender:
    """Who handed something in, as the LMS or the folder names them. lms_id: the LMS's own number.

    A folder and a zip file of one name are of one sender.
    """

    convention: Convention = field(compare=False)
    name: str
    lms_id: str = ""


@dataclass(frozen=True)
class Named:
    """What a name tells. file: the student's own part of it. time: in the LMS's zone, unless it names one."""

    sender: Sender
    file: str = ""
    time: datetime | None = None
    late: bool = False
    assignment: str = ""


@dataclass(frozen=True)
class Conventions:
    """The conventions that files of one source are read by.

    title: what Blackboard calls the assignment. pattern: the course's own, with the groups that nbgrader's
    zip_collect asks for (student_id and file_id; timestamp if there is one).
    """

    title: str = ""
    pattern: re.Pattern[str] | None = None

    def of_file(self, name: str) -> Named | None:
        """Read a file's name; None where it follows no convention."""
        if self.pattern is not None and (found := self.pattern.match(name)):
            return _by_pattern(found)
        return _blackboard(name, self.title) or _moodle(MOODLE_FILE.fullmatch(name)) or _canvas(name)


def of_folder(name: str) -> Named | None:
    """Read a folder's name; None where it follows no convention of an LMS."""
    if found := INBOUND.fullmatch(name):
        time = parse_time(found["time"])
        return Named(Sender("nbgrader", found["name"]), time=time, assignment=found["assignment"])
    return _moodle(MOODLE_FOLDER.fullmatch(name))


def compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile the course's own pattern; none if it is empty. Raises IntakeError."""
    if not pattern:
        return None
    remedy = "correct FileNameCollectorPlugin.named_regexp in nbgrader_config.py"
    try:
        compiled_pattern = re.compile(pattern)
    except re.error as error:
        raise IntakeError(f"the pattern {pattern!r} is no regular expression ({error}): {remedy}") from None
    missing = {"student_id", "file_id"} - compiled_pattern.groupindex.keys()
    if missing:
        raise IntakeError(f"the pattern {pattern!r} has no group {sorted(missing)[0]}: {remedy}")
    return compiled_pattern


def blackboard_title(names: Iterable[str], assignment: str) -> str:
    """What Blackboard calls the assignment, from the names of all files: they begin with it.

    A user name may hold underscores as the title does, so that one name alone does not tell.
    """
    before = sorted({found["before"] for name in names if (found := BLACKBOARD.fullmatch(name))})
    if not before or all(text.startswith(f"{assignment}_") for text in before):
        return assignment
    if len(before) == 1:
        return before[0].rpartition("_")[0]
    pairs = zip(before[0], before[-1], strict=False)  # of sorted names: what these two share, all share
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return before[0][:shared].rpartition("_")[0]


def _by_pattern(found: re.Match[str]) -> Named | None:
    groups = found.groupdict()
    if not groups["student_id"] or not groups["file_id"]:
        return None
    stamp = groups.get("timestamp") or ""
    name = found.string
    dot = name.rfind(".")
    suffix = name[dot:] if dot > 0 and not groups["file_id"].endswith(name[dot:]) else ""
    time = _blackboard_time(stamp) or (parse_time(stamp) if stamp else None)
    return Named(Sender("pattern", groups["student_id"]), groups["file_id"] + suffix, time)


def _blackboard(name: str, title: str) -> Named | None:
    found = BLACKBOARD.fullmatch(name)
    if not found:
        return None
    before = found["before"]
    user = before[len(title) + 1 :] if title and before.startswith(f"{title}_") else before
    file = found["file"] or f"submission{found['text']}"
    return Named(Sender("blackboard", user), file, _blackboard_time(found["time"])) if user else None


def _blackboard_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, BLACKBOARD_TIME)
    except ValueError:
        return None


def _moodle(found: re.Match[str] | None) -> Named | None:
    if not found:
        return None
    return Named(Sender("moodle", found["name"], found["id"] or ""), found.groupdict().get("file") or "")


def _canvas(name: str) -> Named | None:
    found = CANVAS.fullmatch(name) or CANVAS_TEXT.fullmatch(name)
    if not found:
        return None
    sender = Sender("canvas", found["name"] or found["id"], found["id"])
    return Named(sender, found["file"], late=bool(found["late"]))
