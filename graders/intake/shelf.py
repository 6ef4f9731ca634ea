"""A course's folders as the intake uses them: submitted/, what was replaced, and notes on students."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from graders.course import Course
from graders.intake.records import IntakeError

FOLDER = Path(".graders") / "intake"
REPLACED = Path(".graders") / "replaced"
STAGING = "staging"


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """What a course keeps of a student's submission. time: empty where it is not known."""

    student: str
    source: str
    time: str = ""
    time_from: str = "unknown"
    late: bool = False
    notes: tuple[str, ...] = ()


class Shelf:
    """Submissions of one assignment in a course."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.root = course.root
        self.assignment = assignment

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """Give an empty folder on the course's own file system. Raises IntakeError while another has it."""
        folder = self.root / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise IntakeError(
                    f"submissions are being collected into {self.root} already: wait until that ends"
                ) from None
            shutil.rmtree(folder / STAGING, ignore_errors=True)  # of a run that was killed
            (folder / STAGING).mkdir(exist_ok=True)
            try:
                yield folder / STAGING
            finally:
                shutil.rmtree(folder / STAGING, ignore_errors=True)

    def submitted(self, student: str) -> Path:
        """The folder of a student's submission."""
        return self.root / "submitted" / student / self.assignment

    def students(self) -> dict[str, set[str]]:
        """Students with a folder in submitted/, by their ids with case left out."""
        folder, found = self.root / "submitted", defaultdict(set)
        for path in folder.iterdir() if folder.is_dir() else ():
            found[path.name.casefold()].add(path.name)
        return found

    def put(self, student: str, staged: Path) -> Path | None:
        """Make a folder the student's submission; return where the earlier one is kept, if there was one."""
        target, kept = self.submitted(student), None
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink() or target.exists():
            kept = self.root / REPLACED / f"{student}-{time.time_ns()}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(target, kept)
        shutil.move(staged, target)
        return kept

    def keep_aside(self, student: str, staged: Path) -> Path:
        """Keep an attempt that is not graded beside those that were replaced, once for each content."""
        kept = self.root / REPLACED / f"{student}-{digest(staged)}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            shutil.move(staged, kept)
        return kept

    def write(self, record: Record) -> None:
        """Keep what is known of a student's submission, all of it or nothing."""
        path = record_path(self.root, self.assignment, record.student)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(msgspec.json.format(msgspec.json.encode(record), indent=2))
        os.replace(file.name, path)


def record_path(root: Path, assignment: str, student: str) -> Path:
    """Where the record of a student's submission is."""
    return root / FOLDER / assignment / f"{student}.json"


def read_record(root: Path, assignment: str, student: str) -> Record | None:
    """Read what is known of a student's submission; None where the intake did not bring it.

    Raises IntakeError: the record is not as it was written.
    """
    path = record_path(root, assignment, student)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except OSError:
        return None
    except msgspec.DecodeError as error:
        raise IntakeError(f"{path} cannot be read ({error}): collect again, or delete it") from None


def files_of(folder: Path) -> dict[str, bytes]:
    """Digests of a folder's files by their paths; a link, or what is no file, by its kind alone."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            found[name] = b"special"
        elif path.is_file():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").digest()
    return found


def digest(folder: Path) -> str:
    """Sixteen hex digits for a folder's content."""
    whole = hashlib.sha256()
    for name, content in files_of(folder).items():
        whole.update(name.encode("utf-8", "surrogateescape") + b"\0" + content)
    return whole.hexdigest()[:16]
