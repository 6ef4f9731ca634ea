"""Submissions as they lie in the course's folder, read into plain data that can be sent to a worker."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from graders.bundle import IGNORED, Submitted
from graders.coordinator.second_names import SecondNames
from graders.course import Course
from graders.intake import notes_of
from graders.printable import printable
from graders.submission import MAX_BYTES

MAX_FILES = 200
MAX_FILES_BYTES = 16 * 1024 * 1024
"""What is handed on to the student's code of the files beside the notebooks; all of them are kept."""

TIMESTAMP = "timestamp.txt"

SECOND_NAME = "another file of the course under a second name"


def folder_of(coursedir: CourseDirectory, assignment: str, student: str) -> Path:
    """Return the folder of a student's submission, whether it is there or not."""
    return Path(coursedir.format_path(coursedir.submitted_directory, student, assignment))


def students_of(coursedir: CourseDirectory, assignment: str) -> list[str]:
    """Return the students with a submission of an assignment."""
    root = folder_of(coursedir, assignment, "x").parent.parent
    if not root.is_dir():
        return []
    return sorted(path.name for path in root.iterdir() if (path / assignment).is_dir())


def read_submission(
    coursedir: CourseDirectory,
    assignment: str,
    student: str,
    notebooks: Iterable[str],
    second_names: SecondNames,
) -> Submitted:
    """Read a student's submission; what cannot be read is noted, and no link is followed.

    second_names: of the same course. Its files are not read as a student's, whatever name they have there.
    """
    folder, notes = (
        folder_of(coursedir, assignment, student),
        list(_intake_notes(coursedir, assignment, student)),
    )
    books = {name: _notebook(folder / f"{name}.ipynb", second_names) for name in notebooks}
    files = tuple(_files(folder, notes, second_names))
    return Submitted(assignment, student, books, files, _timestamp(coursedir, folder, notes), tuple(notes))


def _intake_notes(coursedir: CourseDirectory, assignment: str, student: str) -> tuple[str, ...]:
    return notes_of(Course(Path(coursedir.root)), assignment, student)


def _notebook(path: Path, second_names: SecondNames) -> bytes | str | None:
    """A notebook's bytes; a text says why there are none; None where there is no file."""
    try:
        if path.is_symlink():
            return f"{path.name} is a link, not a notebook: hand in the file itself"
        if path.is_dir():
            return f"{path.name} is a folder: hand in the notebook itself"
        if not path.exists():
            return None
        if not path.is_file():
            return f"{path.name} is no regular file: hand in the notebook itself"
        if second_names.elsewhere(path, path.parent):
            return f"{path.name} is {SECOND_NAME}: hand in a file of your own"
        if path.stat().st_size > MAX_BYTES:
            return f"{path.name} is larger than {MAX_BYTES >> 20} MiB: clear its outputs and hand it in again"
        return path.read_bytes()
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}"


def _files(folder: Path, notes: list[str], second_names: SecondNames) -> Iterator[tuple[str, bytes]]:
    left, count = MAX_FILES_BYTES, 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if name == TIMESTAMP or path.suffix == ".ipynb":
            continue
        try:
            size = path.stat().st_size
            reason = _unfit(name, size > left or count >= MAX_FILES)
            if not reason and second_names.elsewhere(path, folder):
                reason = f"is {SECOND_NAME}"
            data = b"" if reason else path.read_bytes()
        except OSError as error:
            reason = f"cannot be read ({error.strerror})"
        if reason:
            notes.append(f"the file {printable(name)} {reason}: your code ran without it")
            continue
        left, count = left - size, count + 1
        yield name, data


def _unfit(name: str, too_much: bool) -> str:
    """Why a file is not handed on; empty if it is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "has a name that is no text in UTF-8"
    return "is too large, or one too many" if too_much else ""


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):  # does not follow links
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(names):
            path = Path(root) / name
            if name not in IGNORED and path.is_file() and not path.is_symlink():
                yield path


def _timestamp(coursedir: CourseDirectory, folder: Path, notes: list[str]) -> datetime | None:
    try:
        timestamp: datetime | None = coursedir.get_existing_timestamp(str(folder))
    except (
        ValueError,
        OverflowError,
        OSError,
        AttributeError,
    ):  # AttributeError: nbgrader's own mistake there
        notes.append(f"{TIMESTAMP} holds no time: this submission counts as handed in at an unknown time")
        return None
    return timestamp


def texts_of(submissions: Iterable[Submitted]) -> Iterator[bytes]:
    """Yield the notebooks of submissions, as they are in their files."""
    for submitted in submissions:
        yield from (data for data in submitted.notebooks.values() if isinstance(data, bytes))


def digest_of(submitted: Submitted) -> str:
    """Name a submission by its content."""
    digest = hashlib.sha256(repr((submitted.timestamp, submitted.notes)).encode())
    for name, data in (*submitted.notebooks.items(), *submitted.files):
        content = data if isinstance(data, bytes) else repr(data).encode()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:32]
