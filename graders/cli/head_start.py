"""A head start: what students' code is forked from imports while this process imports nbgrader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from graders.assignment import Assignment
from graders.course import STATES, Course
from graders.preload import preload_of
from graders.runner import RunnerError
from graders.runner.nursery import Nursery
from graders.sandbox import SandboxError
from graders.submission import MAX_BYTES


@contextmanager
def head_start(course: Course, assignment: Assignment, *, wanted: bool) -> Iterator[None]:
    """Offer a nursery for an assignment until the end of the block.

    wanted: False offers none, as it would not be used. Where it cannot be started, there is none either:
    what needs it later starts one, and says why that fails.
    """
    nursery = _started(assignment) if wanted else None
    if nursery is None:
        yield
        return
    try:
        nursery.offer()
        nursery.preload(preload_of(assignment, _usual_submissions(course, assignment)))
        yield
    finally:
        nursery.close()


def _started(assignment: Assignment) -> Nursery | None:
    with suppress(RunnerError, SandboxError, OSError):
        return Nursery(assignment.folder)
    return None


def is_first_grading(course: Course, assignment: Assignment) -> bool:
    """Whether nobody's work on an assignment has been graded yet, so that some will be run."""
    folder = course.root / STATES / assignment.name
    return not folder.is_dir() or not any(folder.iterdir())


def _usual_submissions(course: Course, assignment: Assignment) -> Iterator[bytes]:
    """Yield the notebooks where nbgrader looks for them unless its configuration says otherwise.

    Those in other places are looked at later, once that is known.
    """
    for path in course.root.glob(f"submitted/*/{assignment.name}/{assignment.name}.ipynb"):
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                yield path.read_bytes()
