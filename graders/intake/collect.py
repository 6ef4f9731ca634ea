"""From a source to submitted/: student by student, and nothing lost on the way."""

from __future__ import annotations

import errno
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from graders.assignment import Assignment
from graders.course import Course
from graders.intake import names
from graders.intake.classes import ClassArchiveError
from graders.intake.identity import (
    ID_COLUMNS,
    NAME_COLUMNS,
    STUDENT,
    Identity,
    NoIdError,
    Roster,
    default_ids,
    read_roster,
)
from graders.intake.layout import Attempt, Division, divide, joined
from graders.intake.names import Conventions, Sender
from graders.intake.notebooks import Chooser, as_released
from graders.intake.paths import shown
from graders.intake.prepare import Prepared, Preparing, capped
from graders.intake.records import Collected, IntakeError, Problem, State, StudentIntake
from graders.intake.shelf import Record, Shelf, files_of, read_record
from graders.intake.sources import Source, check_place, opened_sources
from graders.intake.times import TIMESTAMP, read_stamp, zone_of

MAX_NAMED = 5
"""Folders of other assignments that are named; of a whole class they can be many."""


def collect_into(
    course: Course,
    assignment: Assignment,
    source: Path,
    *,
    roster: Path | None = None,
    file_times: bool = False,
) -> Collected:
    """Put the submissions in a folder or a zip file into the course's submitted/.

    The source is not modified. What a newer attempt replaces is kept under .graders/replaced/, as are older
    attempts. What is to be told to a student is kept for `notes_of`.

    Args:
        course: where the submissions go.
        assignment: the one that they are for; files of others are passed over.
        source: FOLDER/STUDENT/ASSIGNMENT/, FOLDER/STUDENT/*.ipynb, files named as Moodle, Canvas, Blackboard
            or the course's own pattern (FileNameCollectorPlugin.named_regexp) name them, a zip file of any
            of these, a folder with a zip file of each student, or with zip files of a class each. Not the
            course's own folders.
        roster: a CSV file that maps what the LMS calls students to their ids. Who is not in it is refused.
        file_times: take the time of the newest file for that of handing in, where names tell none. Without
            it such times only put attempts in order: an LMS often writes the time of the download.

    Raises:
        IntakeError: the source, the roster or the course cannot be read, the source is the course's own, or
            the disk is full.
    """
    check_place(source, course.root)
    students = read_roster(roster) if roster is not None else None
    config = course.config()
    chooser = Chooser(assignment, as_released(course.root, assignment, config))
    preparing = Preparing(chooser, zone_of(config), file_times)
    shelf = Shelf(course, assignment.name)
    pattern = names.compiled(str(config.FileNameCollectorPlugin.get("named_regexp", "")))
    try:
        with opened_sources(source) as sources, shelf.staging() as staging:
            others = set(course.assignments())
            division = joined(_divided(each, assignment.name, others, pattern) for each in sources)
            collected = _Intake(shelf, preparing, staging).take(division.attempts, students)
    except OSError as error:
        raise _failure(error, course.root) from error
    problems = division.problems
    if not collected and not problems:
        problems = [_nothing_in(source, assignment.name)]
    return Collected(
        tuple(collected), tuple(problems), tuple(_remarks(division, collected, students, roster))
    )


def _divided(source: Source, assignment: str, others: set[str], pattern: re.Pattern[str] | None) -> Division:
    """Tell whose each file of one source is."""
    flat = [file.parts[-1] for file in source.listing.files]
    title = names.blackboard_title(flat, assignment)
    division = divide(source.listing, assignment, others, Conventions(title, pattern), source.archive)
    for attempt in division.attempts if source.among else ():
        attempt.label = f"{source.archive}: {attempt.label}" if attempt.label else source.archive
    return division


def _nothing_in(source: Path, assignment: str) -> Problem:
    expected = (
        f"STUDENT/{assignment}/{assignment}.ipynb, STUDENT/*.ipynb, or files named as an LMS names them"
    )
    return Problem(
        shown(source.name or str(source)),
        f"no submission of {assignment} was found in it",
        f"expected were {expected}: is it another download, or of another assignment?",
    )


def _remarks(
    division: Division, collected: Sequence[StudentIntake], roster: Roster | None, path: Path | None
) -> Iterator[str]:
    """What is to be said of the source and the roster as a whole."""
    if others := division.passed_over:
        more = f" and {len(others) - MAX_NAMED} more" if len(others) > MAX_NAMED else ""
        yield f"passed over, as nothing of this assignment is in it: {', '.join(others[:MAX_NAMED])}{more}"
    if roster is not None and roster.unread and any(intake.state == "refused" for intake in collected):
        known = ", ".join((STUDENT, *ID_COLUMNS, *NAME_COLUMNS))
        yield f"{path}: not read were the columns {', '.join(map(repr, roster.unread))}; known are {known}"


def notes_of(course: Course, assignment: str, student: str) -> tuple[str, ...]:
    """Return what the intake noted on a student's submission, for the feedback; empty if it noted nothing."""
    try:
        record = read_record(course.root, assignment, student)
    except IntakeError as error:
        return (str(error),)
    return record.notes if record is not None else ()


def _failure(error: OSError, root: Path) -> IntakeError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return IntakeError(f"the disk of {root} is full: make room and collect again; nothing was lost")
    place = f" ({error.filename})" if error.filename else ""
    return IntakeError(f"collecting stopped: {error.strerror}{place}; mend that and collect again")


@dataclass(frozen=True)
class _Intake:
    """Takes the attempts of one source. staging: an empty folder."""

    shelf: Shelf
    preparing: Preparing
    staging: Path

    def take(self, attempts: Iterable[Attempt], roster: Roster | None) -> list[StudentIntake]:
        """Take all attempts, student by student; refused are those whose student is not known."""
        by_sender: dict[Sender, list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            by_sender[attempt.sender].append(attempt)
        identities = default_ids(by_sender) if roster is None else _in_roster(by_sender, roster)
        known, refused = self._known(identities)
        by_student: dict[str, list[Attempt]] = defaultdict(list)
        for sender, identity in known.items():
            for attempt in by_sender[sender]:
                attempt.notes += [identity.note] if identity.note else []
                by_student[identity.student].append(attempt)
        return refused + [self._take_one(student, by_student[student]) for student in sorted(by_student)]

    def _known(
        self, identities: Mapping[Sender, Identity | NoIdError]
    ) -> tuple[dict[Sender, Identity], list[StudentIntake]]:
        there = self.shelf.students()
        known, refused = {}, []
        for sender, identity in identities.items():
            if isinstance(identity, NoIdError):
                refused.append(_refused(sender, str(identity)))
                continue
            twins = there.get(identity.student.casefold(), {identity.student})
            if identity.student in twins:
                known[sender] = identity
            else:
                reason = f"submitted/ has a student {min(twins)!r}, whose id differs in case alone"
                refused.append(_refused(sender, f"{reason}; rename one, or give a roster that maps them"))
        return known, refused

    def _take_one(self, student: str, attempts: Sequence[Attempt]) -> StudentIntake:
        folder = self.staging / "student"
        try:
            prepared = [
                self.preparing.prepare(attempt, folder / str(number))
                for number, attempt in enumerate(attempts)
            ]
            *older, best = sorted(prepared, key=lambda each: each.order)
            for each in older:
                kept = self._set_aside(student, each)
                best.notes.append(f"an earlier attempt, {each.label}, is not graded; it is kept in {kept}")
            return self._place(student, best)
        except ClassArchiveError as error:
            reason = f"{error} holds the work of several students: collect it by itself, as it is"
            return StudentIntake(student, "refused", (reason,))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _set_aside(self, student: str, attempt: Prepared) -> Path:
        return self.shelf.keep_aside(student, attempt.folder).relative_to(self.shelf.root)

    def _place(self, student: str, best: Prepared) -> StudentIntake:
        """Put the newest attempt where it is graded, unless what is there is the same, or newer."""
        target = self.shelf.submitted(student)
        state: State = "replaced" if target.is_dir() else "new"
        if target.is_dir() and _same(best.folder, target):
            state = "unchanged"
        elif target.is_dir() and (reason := self._stays(target, best)):
            kept = self._set_aside(student, best)
            note = f"{reason}; what was collected now, {best.label}, is kept in {kept}"
            return StudentIntake(student, "unchanged", (note,))
        else:
            self.shelf.put(student, best.folder)
        notes, when = capped(best.notes), best.when
        self.shelf.write(Record(student, best.label, when.text(), when.origin, best.attempt.late, notes))
        return StudentIntake(student, state, notes)

    def _stays(self, target: Path, best: Prepared) -> str:
        """Why a submission that is there is not replaced; empty if it is."""
        if not best.has_notebook and (target / self.preparing.chooser.name).is_file():
            return "what was collected has no notebook, and the earlier submission stays"
        stamp = target / TIMESTAMP
        there = read_stamp(stamp, self.preparing.zone) if stamp.is_file() else None
        if there is None or best.when.time is None or not best.when.counts or best.when.time >= there:
            return ""
        return f"a newer submission, of {there:%Y-%m-%d %H:%M:%S} UTC, is there already, and stays"


def _in_roster(senders: Iterable[Sender], roster: Roster) -> dict[Sender, Identity | NoIdError]:
    found: dict[Sender, Identity | NoIdError] = {}
    for sender in senders:
        try:
            found[sender] = roster.identity(sender)
        except NoIdError as error:
            found[sender] = error
    return found


def _refused(sender: Sender, why: str) -> StudentIntake:
    name = f"{sender.name} ({sender.lms_id})" if sender.lms_id else sender.name
    return StudentIntake(shown(name), "refused", (why,))


def _same(folder: Path, target: Path) -> bool:
    """Whether a submission is there already; the time that is there counts where no other is known."""
    new, old = files_of(folder), files_of(target)
    if TIMESTAMP not in new:
        old.pop(TIMESTAMP, None)
    return new == old
