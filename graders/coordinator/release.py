"""The release version: made by nbgrader's own generate_assignment, when the source version has changed."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from graders.assignment import Assignment
from graders.bundle import Bundle, files_of
from graders.course import Course
from graders.gradebook import ClassGradebook
from graders.signatures import pinned
from graders.specimens import known_bugs_of, snapshot_of

RELEASED = Path(".graders") / "released"
"""Below the course's folder: for each assignment, the digest of the source version that was released last."""


class ReleaseError(Exception):
    """The release version could not be made. The message says what nbgrader said."""


def is_released(course: Course, assignment: Assignment, nbgrader: NbGraderAPI) -> bool:
    """Whether release/ and the gradebook hold the assignment as it is in source/ now."""
    path = course.root / RELEASED / assignment.name
    if not path.is_file() or path.read_text("utf-8") != _source_digest(course, assignment):
        return False
    if not (course.root / "release" / assignment.name).is_dir():
        return False
    with Gradebook(nbgrader.coursedir.db_url, nbgrader.coursedir.course_id) as gradebook:
        try:
            gradebook.find_assignment(assignment.name)
        except MissingEntry:
            return False
    return True


def release(course: Course, assignment: Assignment, nbgrader: NbGraderAPI) -> None:
    """Make the release version and enter the assignment into the gradebook. Raises ReleaseError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # on how nbgrader uses its database
        result = nbgrader.generate_assignment(assignment.name, force=True, create=True)
    if not result["success"]:
        raise ReleaseError(
            f"nbgrader generate_assignment failed:\n{result.get('error') or result.get('log')}"
        )
    path = course.root / RELEASED / assignment.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_source_digest(course, assignment), "utf-8")


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            result = nbgrader.generate_assignment(assignment.name, force=True, create=True)
        if not result["success"]:
            raise ReleaseError(
                f"nbgrader generate_assignment failed:\n{result.get('error') or result.get('log')}"
            )
        with ClassGradebook(nbgrader.coursedir, assignment.name) as gradebook:
            return bundle_of(course, assignment, gradebook)
