"""The release version: made by nbgrader's own generate_assignment, when the source version has changed."""

from __future__ import annotations

import hashlib
import re
import tempfile
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SAWarning
from traitlets.config import Config

from graders.assignment import Assignment
from graders.bundle import Bundle, files_of
from graders.course import Course
from graders.gradebook import ClassGradebook, Frame, NotInGradebook
from graders.gradebook.schema import without_asking_alembic
from graders.signatures import pinned
from graders.specimens import known_bugs_of, snapshot_of

RELEASED = Path(".graders") / "released"
"""Below the course's folder: for each assignment, the digest of the source version that was released last."""

_ERROR_LINE = re.compile(r"^ *((?:\w+\.)*\w*(?:Error|Exception): .+)$", re.MULTILINE)
"""The last line of a traceback."""


class ReleaseError(Exception):
    """The release version could not be made. The message says what nbgrader said."""


def is_released(course: Course, assignment: Assignment, nbgrader: NbGraderAPI) -> bool:
    """Whether release/ and the gradebook hold the assignment as it is now. Raises GradebookError."""
    path = course.root / RELEASED / assignment.name
    if not path.is_file() or path.read_text("utf-8") != _source_digest(course, assignment):
        return False
    if not (course.root / "release" / assignment.name).is_dir():
        return False
    return is_known(assignment, nbgrader)


def is_known(assignment: Assignment, nbgrader: NbGraderAPI) -> bool:
    """Whether the gradebook has the assignment. Raises GradebookError: it is locked, or cannot be read."""
    try:
        ClassGradebook(nbgrader.coursedir, assignment.name).close()
    except NotInGradebook:
        return False
    return True


def check_cells(assignment: str, new: Frame, gradebook: ClassGradebook) -> None:
    """Raise ReleaseError where nbgrader would refuse: with graded work, cells can be neither new nor gone."""
    known, wanted = (
        {name: set(book.cells) for name, book in frame.notebooks.items()}
        for frame in (gradebook.frame(), new)
    )
    if known == wanted or not gradebook.submissions_with():
        return
    differences = [
        f"{name}.ipynb: {word} {', '.join(sorted(cells))}"
        for name in sorted({*known, *wanted})
        for word, cells in (
            ("new", wanted.get(name, set()) - known.get(name, set())),
            ("gone", known.get(name, set()) - wanted.get(name, set())),
        )
        if cells
    ]
    raise ReleaseError(
        f"the graded cells of {assignment} are others than those that the gradebook has points for "
        f"({'; '.join(differences)}), and nbgrader keeps cells as they are once work was graded: undo this "
        "in source/ (a test worth 0 points costs nobody any), or begin anew with `nbgrader db assignment "
        f"remove {assignment} --force`, which also removes manual scores and comments"
    )


def release(course: Course, assignment: Assignment, nbgrader: NbGraderAPI) -> None:
    """Make the release version and enter the assignment into the gradebook. Raises ReleaseError, OSError."""
    digest = _source_digest(course, assignment)  # before: what is saved meanwhile is released the next time
    _make_gradebook(nbgrader)
    _generate(assignment.name, nbgrader)
    path = course.root / RELEASED / assignment.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(digest, "utf-8")


def _make_gradebook(nbgrader: NbGraderAPI) -> None:
    """Make the gradebook, if it is a file and not there: all at once, as nbgrader cannot use half of one."""
    coursedir = nbgrader.coursedir
    url = make_url(coursedir.db_url)
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or not path.name or path.exists():
        return
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    try:
        with without_asking_alembic():
            Gradebook(str(url.set(database=str(unfinished))), coursedir.course_id).close()
    except DBAPIError as error:
        raise ReleaseError(
            f"the gradebook {path} cannot be made ({error.orig}): make room, or give this account the right "
            "to write there, then run the command again"
        ) from error
    unfinished.replace(path)


def _generate(assignment: str, nbgrader: NbGraderAPI) -> None:
    with warnings.catch_warnings(), without_asking_alembic():
        warnings.simplefilter("ignore", SAWarning)  # on how nbgrader uses its database
        result = nbgrader.generate_assignment(assignment, force=True, create=True)
    if not result["success"]:
        error, log = (str(result.get(key) or "").strip() for key in ("error", "log"))
        if error.endswith("KeyboardInterrupt"):  # nbgrader takes Ctrl-C for an error of the assignment
            raise KeyboardInterrupt
        raise ReleaseError(
            f"nbgrader could not release {nbgrader.coursedir.root}/source/{assignment}: "
            f"{_reason(error, log)}. Mend this, or make room on the disk, then run the command again; "
            f"`nbgrader generate_assignment {assignment}` says more"
        )


def _reason(error: str, log: str) -> str:
    """The line that says why: nbgrader logs the error that stopped it, and raises one that refers to it."""
    named = [match[1] for match in _ERROR_LINE.finditer(log)]
    lines = named or (error or log).splitlines() or ["it does not say why"]
    return lines[-1].strip().rstrip(".")


def _source_digest(course: Course, assignment: Assignment) -> str:
    digest = hashlib.sha256()
    config = course.root / "nbgrader_config.py"
    for name, data in (*files_of(assignment).items(), ("", config.read_bytes())):
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()


def bundle_of(course: Course, assignment: Assignment, gradebook: ClassGradebook) -> Bundle:
    """Put together what workers need. Raises LibraryError: a known bug of the course is malformed."""
    return Bundle(
        assignment.name,
        files_of(assignment),
        gradebook.frame(),
        course.config(),
        known_bugs_of(assignment),
        pinned(snapshot_of(assignment)),
    )


def bundle_before_release(course: Course, assignment: Assignment) -> Bundle:
    """Put together what workers will need once the assignment is released, without changing anything.

    Raises ReleaseError.
    """
    with tempfile.TemporaryDirectory(prefix="graders-release-") as folder:
        config = Config(course.config())
        config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
        config.CourseDirectory.release_directory = f"{folder}/release"
        nbgrader = NbGraderAPI(config=config)
        _generate(assignment.name, nbgrader)
        with ClassGradebook(nbgrader.coursedir, assignment.name) as gradebook:
            return bundle_of(course, assignment, gradebook)
