"""Layout of a source: whose each file is, and to which attempt it belongs.

Taken are, in this order: FOLDER/STUDENT/ASSIGNMENT/; folders of an LMS; FOLDER/STUDENT/ with notebooks in it;
files and zip files that are named as an LMS does; and zip files named after a student. What lies in a
student's own folder or zip file is that student's, whatever it is called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from graders.intake import names
from graders.intake.archives import OTHER_ARCHIVES, is_archive
from graders.intake.files import File, Listing, Skipped
from graders.intake.names import Conventions, Sender
from graders.intake.paths import (
    Parts,
    clean_name,
    is_variant,
    shown,
    stem_of,
    suffix_of,
    without_copy_mark,
)
from graders.intake.records import Problem

NOTEBOOK = ".ipynb"


@dataclass
class Attempt:
    """What one student handed in at one time. label: what it is called in the source.

    time: as the name tells it. own_times: whether a timestamp.txt in it is the course's, and not the
    student's. The paths of files are below the attempt.
    """

    sender: Sender
    label: str
    time: datetime | None = None
    late: bool = False
    own_times: bool = False
    files: list[File] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Division:
    """A source by attempts, and files that are nobody's. passed_over: folders of other assignments alone."""

    attempts: list[Attempt]
    problems: list[Problem]
    passed_over: list[str] = field(default_factory=list)


def divide(
    listing: Listing, assignment: str, others: Iterable[str], conventions: Conventions, archive: str = ""
) -> Division:
    """Tell whose each file is.

    others: the course's other assignments, whose folders are passed over. archive: the name of the archive
    that is listed; if there is one notebook in it, it is the student's that it is named after.
    """
    listing = without_wrapper(listing, assignment, conventions)
    division = _Division(assignment, set(others), conventions)
    if archive and _is_of_one(listing, assignment, division):
        return _one_student(listing, archive)
    for file in listing.files:
        if len(file.parts) == 1:
            division.add_flat(file)
    division.add_folders(listing)
    return Division(list(division.attempts.values()), division.problems, division.passed_over)


def joined(divisions: Iterable[Division]) -> Division:
    """Make one division of several sources'."""
    whole = Division([], [])
    for division in divisions:
        whole.attempts += division.attempts
        whole.problems += division.problems
        whole.passed_over += division.passed_over
    return whole


def _is_of_one(listing: Listing, assignment: str, division: _Division) -> bool:
    """Whether an archive holds one student's work: one notebook, in no folder or in the assignment's."""
    notebooks = [file for file in listing.files if suffix_of(file.parts[-1]) == NOTEBOOK]
    if len(notebooks) != 1:
        return False
    top, *below = notebooks[0].parts
    return top == assignment if below else division.is_nobodys(notebooks[0])


def _one_student(listing: Listing, archive: str) -> Division:
    sender = Sender("zip", without_copy_mark(stem_of(archive)))
    files = [replace(file, modified=None) for file in listing.files]  # times are the student's word here
    attempt = Attempt(sender, archive, files=files, skipped=listing.skipped)
    return Division([attempt], [])


class _Division:
    """Attempts by sender and label, as they are found."""

    def __init__(self, assignment: str, others: set[str], conventions: Conventions) -> None:
        self.assignment = assignment
        self.others = others - {assignment}
        self.conventions = conventions
        self.attempts: dict[tuple[Sender, str], Attempt] = {}
        self.problems: list[Problem] = []
        self.passed_over: list[str] = []

    def attempt(self, sender: Sender, label: str, time: datetime | None = None) -> Attempt:
        return self.attempts.setdefault((sender, label), Attempt(sender, label, time))

    def is_nobodys(self, file: File) -> bool:
        return self.conventions.of_file(file.parts[0]) is None

    def add_flat(self, file: File) -> None:
        """Add a file that lies in no folder."""
        name = file.parts[0]
        named = self.conventions.of_file(name)
        if named is not None:
            stamp = f"{named.time:%Y-%m-%d %H:%M:%S}" if named.time else ""
            attempt = self.attempt(named.sender, stamp, named.time)
            attempt.late = attempt.late or named.late
            attempt.files.append(replace(file, parts=(clean_name(named.file),)))
        elif is_archive(name):
            attempt = self.attempt(Sender("zip", without_copy_mark(stem_of(name))), name)
            attempt.files.append(file)
        elif suffix_of(name) == NOTEBOOK:
            remedy = (
                "put it into a folder STUDENT, or set FileNameCollectorPlugin.named_regexp for such names"
            )
            self.problems.append(Problem(shown(name), "its name does not tell whose it is", remedy))
        elif suffix_of(name) in OTHER_ARCHIVES:
            self.problems.append(Problem(shown(name), "it is no zip file", "unpack it, or make it one"))

    def add_folders(self, listing: Listing) -> None:
        """Add the folders of students and those of an LMS, and what was skipped in them."""
        files, folders, skipped = _by_top(listing)
        for top in sorted(files.keys() | folders.keys() | skipped.keys()):
            if top == "":
                self.problems += [_problem(entry) for entry in skipped[top]]
                continue
            named = names.of_folder(top)
            if top == self.assignment:
                remedy = "name the folder that holds the students' folders"
                self.problems.append(
                    Problem(shown(top), "it is the assignment's folder, not a student's", remedy)
                )
            elif named is None:
                self._add_student(top, files[top], folders[top], skipped[top])
            elif not named.assignment or named.assignment == self.assignment:
                label = top if named.assignment else ""
                attempt = self.attempt(named.sender, label, named.time)
                attempt.own_times = bool(named.assignment)
                attempt.files += _below(files[top], 1)
                attempt.skipped += skipped[top]
            else:
                self.passed_over.append(shown(top))

    def _add_student(self, top: str, files: list[File], folders: list[Parts], skipped: list[Skipped]) -> None:
        inner = {parts[1] for parts in folders if len(parts) > 1} | {
            f.parts[1] for f in files if len(f.parts) > 2
        }
        chosen = self._assignment_folder(inner)
        direct = [file for file in files if len(file.parts) == 2]
        if chosen is None and not _is_submission(direct, inner):
            self._pass_over(top, inner, files, skipped)
            return
        attempt = self.attempt(Sender("folder", top), top)
        attempt.own_times = True
        if chosen is None:
            attempt.files += _below(files, 1)
            attempt.skipped += skipped
            return
        attempt.files += _below(
            [file for file in files if len(file.parts) > 2 and file.parts[1] == chosen], 2
        )
        attempt.skipped += [entry for entry in skipped if len(entry.parts) < 2 or entry.parts[1] == chosen]
        if chosen != self.assignment:
            attempt.notes.append(f"the folder {shown(chosen)!r} was taken for {self.assignment!r}")

    def _assignment_folder(self, inner: set[str]) -> str | None:
        if self.assignment in inner:
            return self.assignment
        variants = [name for name in inner - self.others if is_variant(name, self.assignment)]
        return min(variants, default=None)

    def _pass_over(self, top: str, inner: set[str], files: list[File], skipped: list[Skipped]) -> None:
        """A folder that holds no submission: nothing is wrong with those of other assignments."""
        if skipped and not files:
            self.problems += [_problem(entry) for entry in skipped]
        elif inner & self.others:
            self.passed_over.append(f"{shown(top)} ({', '.join(sorted(inner & self.others))})")
        elif files:
            reason = f"it holds no folder {self.assignment} and no notebook"
            self.problems.append(
                Problem(shown(top), reason, f"put the notebook into {shown(top)}/{self.assignment}")
            )


def _is_submission(direct: list[File], inner: set[str]) -> bool:
    """Whether files in a student's folder are a submission: notebooks, zip files, or all that there is."""
    has_work = any(suffix_of(file.parts[-1]) == NOTEBOOK or is_archive(file.parts[-1]) for file in direct)
    return has_work or (bool(direct) and not inner)


def _problem(entry: Skipped) -> Problem:
    return Problem(entry.shown, entry.reason, "hand in plain files in a folder of the student's")


def _by_top(
    listing: Listing,
) -> tuple[dict[str, list[File]], dict[str, list[Parts]], dict[str, list[Skipped]]]:
    """Files in folders, folders and skipped entries by the first part of their path."""
    files: dict[str, list[File]] = defaultdict(list)
    folders: dict[str, list[Parts]] = defaultdict(list)
    skipped: dict[str, list[Skipped]] = defaultdict(list)
    for file in listing.files:
        if len(file.parts) > 1:
            files[file.parts[0]].append(file)
    for parts in listing.folders:
        folders[parts[0]].append(parts)
    for entry in listing.skipped:
        skipped[entry.parts[0] if entry.parts else ""].append(entry)
    return files, folders, skipped


def _below(files: Sequence[File], depth: int) -> list[File]:
    return [replace(file, parts=file.parts[depth:]) for file in files]


def without_wrapper(listing: Listing, assignment: str, conventions: Conventions) -> Listing:
    """Take off a folder that holds all the others, as archives have it, unless it is a student's."""
    tops = {parts[0] for parts in _paths(listing)}
    if len(tops) != 1 or any(len(file.parts) == 1 for file in listing.files):
        return listing
    paths = [parts[1:] for parts in _paths(listing) if len(parts) > 1]
    if names.of_folder(next(iter(tops))) or any(parts[0] == assignment for parts in paths):
        return listing
    if not _is_class(paths, assignment, conventions):
        return listing
    return Listing(
        [replace(file, parts=file.parts[1:]) for file in listing.files],
        [parts[1:] for parts in listing.folders if len(parts) > 1],
        [replace(entry, parts=entry.parts[1:]) for entry in listing.skipped],
    )


def _paths(listing: Listing) -> list[Parts]:
    return [file.parts for file in listing.files] + listing.folders


def _is_class(paths: list[Parts], assignment: str, conventions: Conventions) -> bool:
    """Whether paths are those of a class: by their names, or as notebooks in several folders."""
    if any(len(parts) > 1 and parts[1] == assignment for parts in paths):
        return True
    if any(
        names.of_folder(parts[0]) or (len(parts) == 1 and conventions.of_file(parts[0])) for parts in paths
    ):
        return True
    notebooks = [parts for parts in paths if suffix_of(parts[-1]) == NOTEBOOK]
    return all(len(parts) > 1 for parts in notebooks) and len({parts[0] for parts in notebooks}) > 1
