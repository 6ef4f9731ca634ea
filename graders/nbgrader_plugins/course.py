"""What the plug-ins know of the course they run in, found through nbgrader's own objects."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import LoggingConfigurable

from graders.assignment import Assignment, load
from graders.fingerprints import Fingerprints
from graders.library import chaffs
from graders.nonce import course_secret, nonce_for
from graders.runner import Runner
from graders.signatures import pinned
from graders.truth import Truths

METADATA = "graders"
"""Key in a notebook's metadata under which the plug-ins note what they did.

What students write there is dropped.
"""


def course_directory(plugin: LoggingConfigurable) -> CourseDirectory:
    """Return the course directory of the nbgrader app that a plug-in runs in, by way of its parents."""
    parent: Any = plugin
    while parent is not None:
        coursedir = getattr(parent, "coursedir", None)
        if coursedir is not None:
            return coursedir
        parent = parent.parent
    raise LookupError(
        f"{type(plugin).__name__} runs outside of an nbgrader app: set it in nbgrader_config.py"
    )


def source_folder(coursedir: CourseDirectory, assignment: str) -> Path:
    """Return the folder of an assignment's source version."""
    return Path(coursedir.format_path(coursedir.source_directory, ".", assignment)).resolve()


@lru_cache(maxsize=8)
def _load(folder: Path, modified: int) -> Assignment:
    return load(folder)


def assignment_of(coursedir: CourseDirectory, assignment: str) -> Assignment:
    """Read an assignment, again if its notebook has changed. Raises AssignmentError."""
    folder = source_folder(coursedir, assignment)
    notebook = folder / f"{folder.name}.ipynb"
    return _load(folder, notebook.stat().st_mtime_ns if notebook.is_file() else 0)


@lru_cache(maxsize=8)
def _runner(folder: Path, digest: str) -> Runner:
    """Return the one runner of an assignment; it is closed, and its files removed, when this process ends.

    digest: a changed tinystack needs a new one.
    """
    runner = Runner(folder)
    atexit.register(runner.close)
    return runner


@lru_cache(maxsize=8)
def _truths(folder: Path, digest: str, course: Path) -> Truths:
    assignment = load(folder)
    return Truths(assignment, _runner(folder, digest), course)


def truths_of(coursedir: CourseDirectory, assignment: Assignment) -> Truths:
    """Return the truths of an assignment, made once per process and cached in the course's folder."""
    return _truths(assignment.folder, assignment.digest(), Path(coursedir.root).resolve())


@lru_cache(maxsize=8)
def _fingerprints(folder: Path, digest: str) -> Fingerprints:
    assignment = load(folder)
    return Fingerprints(assignment, _runner(folder, digest), chaffs(), pinned())


def fingerprints_of(assignment: Assignment) -> Fingerprints:
    """Return the fingerprints of the known bugs, which are kept for the life of the process."""
    return _fingerprints(assignment.folder, assignment.digest())


def nonce_of(coursedir: CourseDirectory, assignment: str, student: str) -> str:
    """Return the nonce of a student's submission."""
    return nonce_for(course_secret(Path(coursedir.root)), assignment, student)
