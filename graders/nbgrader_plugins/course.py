"""What the plug-ins know of the course they run in, found through nbgrader's own objects."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import LoggingConfigurable

from graders.assignment import Assignment, load, mentions_experiments
from graders.fingerprints import Fingerprints
from graders.known_evidence import EvidenceStore
from graders.nonce import course_secret, nonce_for
from graders.preload import preload_of
from graders.runner import Runner
from graders.sandbox import Protection
from graders.signatures import pinned
from graders.specimens import known_bugs_of, snapshot_of
from graders.truth import Truths


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


def has_experiments(coursedir: CourseDirectory, assignment: str) -> bool:
    """Whether an assignment is of ours: its own notebook has experiments. Others are nbgrader's to grade."""
    folder = source_folder(coursedir, assignment)
    notebook = folder / f"{folder.name}.ipynb"
    return notebook.is_file() and _mentions_experiments(notebook, notebook.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _mentions_experiments(notebook: Path, modified: int) -> bool:
    return mentions_experiments(notebook)


@lru_cache(maxsize=8)
def _load(folder: Path, modified: int) -> Assignment:
    return load(folder)


def assignment_of(coursedir: CourseDirectory, assignment: str) -> Assignment:
    """Read an assignment, again if its notebook has changed. Raises AssignmentError."""
    folder = source_folder(coursedir, assignment)
    notebook = folder / f"{folder.name}.ipynb"
    return _load(folder, notebook.stat().st_mtime_ns if notebook.is_file() else 0)


@lru_cache(maxsize=8)
def _runner(folder: Path, digest: str, protection: Protection, full_kernel: bool) -> Runner:
    """Return the one runner of an assignment; it is closed, and its files removed, when this process ends.

    digest: a changed tinystack needs a new one. No default: calls that leave it out would be kept apart from
    those that give it.
    """
    preload = preload_of(load(folder))
    runner = Runner(folder, preload=preload, sandbox=protection, full_kernel=full_kernel)
    atexit.register(runner.close)
    return runner


def runner_of(assignment: Assignment, protection: Protection, full_kernel: bool = False) -> Runner:
    """Return the runner of an assignment, which is kept for the life of the process."""
    return _runner(assignment.folder, assignment.digest(), protection, full_kernel)


def protection_of(coursedir: CourseDirectory) -> Protection:
    """Return whether a course's students' code runs in a sandbox: unless its configuration says otherwise."""
    return Protection(sandboxed=not coursedir.config.get("ExecuteSubmission", {}).get("unprotected", False))


@lru_cache(maxsize=8)
def _truths(folder: Path, digest: str, course: Path, protection: Protection) -> Truths:
    assignment = load(folder)
    return Truths(assignment, runner_of(assignment, protection), course)


def truths_of(coursedir: CourseDirectory, assignment: Assignment) -> Truths:
    """Return the truths of an assignment, made once per process and cached in the course's folder."""
    course = Path(coursedir.root).resolve()
    return _truths(assignment.folder, assignment.digest(), course, protection_of(coursedir))


@lru_cache(maxsize=8)
def _fingerprints(folder: Path, digest: str, course: Path, protection: Protection) -> Fingerprints:
    assignment = load(folder)
    bugs, known = known_bugs_of(assignment), EvidenceStore(course, assignment).read
    runner = runner_of(assignment, protection)
    return Fingerprints(assignment, runner, bugs, pinned(snapshot_of(assignment)), known)


def fingerprints_of(coursedir: CourseDirectory, assignment: Assignment) -> Fingerprints:
    """Return the fingerprints of the known bugs, which are kept for the life of the process."""
    course = Path(coursedir.root).resolve()
    return _fingerprints(assignment.folder, assignment.digest(), course, protection_of(coursedir))


def nonce_of(coursedir: CourseDirectory, assignment: str, student: str) -> str:
    """Return the nonce of a student's submission."""
    return nonce_for(course_secret(Path(coursedir.root)), assignment, student)
