"""autograded/ and feedback/ of a class, with the contents and permissions that nbgrader gives them."""

from __future__ import annotations

import glob
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory

from graders.publication.files import files_in, without_clashes
from graders.publication.replacing import clean, replacement
from graders.publication.writing import Content, kept, write_files

NOTEBOOKS = "*.ipynb"
SHARED = 0o2770
"""Bits that nbgrader sets on folders where `c.CourseDirectory.groupshared` is set."""

ANYBODY = "\0"
"""Stands for a student's name where a pattern is made; it is in no path."""

log = logging.getLogger(__name__)


class PublicationError(Exception):
    """A result cannot be put in place, and what was there is untouched. The message names the folder."""


class Publisher:
    """Puts the results of one assignment in place, student by student. Make it once for a class."""

    def __init__(self, coursedir: CourseDirectory, assignment: str) -> None:
        """Look at the assignment's source, whose files go to every student's folder.

        Raises:
            PublicationError: the source cannot be read.
        """
        self._coursedir = coursedir
        self._assignment = _checked(assignment)
        self._ignore = [*coursedir.ignore, NOTEBOOKS]
        autograde = Autograde(coursedir=coursedir, config=coursedir.config)
        feedback = GenerateFeedback(coursedir=coursedir, config=coursedir.config)
        self._modes = {
            coursedir.autograded_directory: int(str(autograde.permissions), 8),
            coursedir.feedback_directory: int(str(feedback.permissions), 8),
        }
        folder = Path(coursedir.format_path(coursedir.source_directory, ".", assignment))
        with _explained(folder, "read"):
            source = files_in(folder, self._ignore, trusted=True).files
            own = {PurePath(name) for name in autograde.exclude_overwriting.get(assignment, [])}
            self._source = kept({path: file for path, file in source.items() if path not in own})

    def clean(self) -> None:
        """Remove what an interrupted run left behind. Raises PublicationError."""
        for step in self._modes:
            anybody = self._coursedir.format_path(step, ANYBODY, self._assignment)
            with _explained(Path(self._coursedir.format_path(step, ".", ".")), "cleaned up"):
                clean(glob.escape(anybody).replace(ANYBODY, "*"))

    def autograded(self, student: str, notebooks: Mapping[str, str | bytes]) -> tuple[str, ...]:
        """Put autograded/STUDENT/ASSIGNMENT in place, with these notebooks as JSON, or as JSON in UTF-8.

        They go by file name without suffix. Beside them are the submission's other files, and over those the
        source's. Returns a line for each file of the submission that is left out.

        Raises:
            PublicationError: it cannot be written, or the submission cannot be read.
        """
        texts = {
            PurePath(f"{_checked(name)}.ipynb"): _ended(_encoded(text)) for name, text in notebooks.items()
        }
        folder = self._submitted(student)
        with _explained(folder, "read"):
            found = without_clashes(files_in(folder, self._ignore), [*self._source, *texts])
        files = {**found.files, **self._source, **texts}
        self._replace(self._coursedir.autograded_directory, student, files)
        return found.left_out

    def feedback(self, student: str, pages: Mapping[str, str]) -> None:
        """Put feedback/STUDENT/ASSIGNMENT in place, with these pages as HTML.

        They go by file name without suffix. Beside them are the files of autograded/, but for its notebooks.

        Raises:
            PublicationError: it cannot be written, or autograded/ cannot be read.
        """
        texts = {PurePath(f"{_checked(name)}.html"): _encoded(page) for name, page in pages.items()}
        folder = self._folder(self._coursedir.autograded_directory, student)
        with _explained(folder, "read"):
            found = files_in(folder, self._ignore)
        self._replace(self._coursedir.feedback_directory, student, {**found.files, **texts})

    def _submitted(self, student: str) -> Path:
        """The folder of a submission, which must be the student's own."""
        folder = self._folder(self._coursedir.submitted_directory, student)
        own = [folder, folder.parent] if folder.parent.name == student else [folder]
        for link in own:
            if link.is_symlink():
                raise PublicationError(f"{link} is a link: put the submission's files in its place")
        return folder

    def _folder(self, step: str, student: str) -> Path:
        """A student's folder of a step. Raises PublicationError where the name is none."""
        return Path(self._coursedir.format_path(step, _checked(student), self._assignment))

    def _replace(self, step: str, student: str, files: Mapping[PurePath, Content]) -> None:
        target = self._folder(step, student)
        with _explained(target, "written"), replacement(target) as new:
            write_files(new, files, self._modes[step])
            if self._coursedir.groupshared:
                _share([new, *(path for path in new.rglob("*") if path.is_dir())])
        if self._coursedir.groupshared:
            _share([Path(self._coursedir.format_path(step, ".", "."))])


def _checked(name: str) -> str:
    """Return a name that may become that of a folder or file. Raises PublicationError."""
    if not name or name.startswith(".") or any(part in name for part in ("/", os.sep, "\0")):
        raise PublicationError(
            f"{name!r} cannot be the name of a folder that nbgrader sees: rename it in submitted/"
        )
    return name


def _encoded(text: str | bytes) -> bytes:
    # half of a pair of surrogates cannot be written; JSON knows it by this escape
    return text if isinstance(text, bytes) else text.encode("utf-8", errors="backslashreplace")


def _ended(text: bytes) -> bytes:
    return text if text.endswith(b"\n") else text + b"\n"


def _share(folders: Iterable[Path]) -> None:
    """Let the group write, and new entries keep the group."""
    for folder in folders:
        mode = folder.stat().st_mode
        if mode & SHARED == SHARED:
            continue
        try:
            folder.chmod((mode | SHARED) & 0o2777)
        except PermissionError:
            log.warning("%s belongs to another account, and could not be shared with the group", folder)


@contextmanager
def _explained(folder: Path, what: str) -> Iterator[None]:
    """Name the folder, and a remedy, in errors of the system."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        place = f" at {error.filename}" if error.filename else ""
        raise PublicationError(
            f"{folder} cannot be {what} ({reason}{place}): make room, or give this account the right "
            "to do so, then run the command again; what was there is untouched"
        ) from error
