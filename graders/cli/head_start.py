"""A head start: what students' code is forked from imports while this process imports nbgrader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from graders.course import STATES, Course
from graders.runner import RunnerError
from graders.runner.nursery import Nursery
from graders.sandbox import SandboxError

if TYPE_CHECKING:  # the start is not to wait for what reads notebooks
    from graders.assignment import Assignment


@contextmanager
def head_start(folder: Path, *, wanted: bool) -> Iterator[Nursery | None]:
    """Start a nursery for the assignment in a folder, and offer it until the end of the block.

    wanted: False starts none, as it would not be used. Where it cannot be started, there is none either:
    what needs it later starts one, and says why that fails.
    """
    nursery = _started(folder) if wanted and (folder / f"{folder.name}.ipynb").is_file() else None
    if nursery is None:
        yield None
        return
    try:
        nursery.offer()
        yield nursery
    finally:
        nursery.close()


def _started(folder: Path) -> Nursery | None:
    with suppress(RunnerError, SandboxError, OSError):
        return Nursery(folder)
    return None


def is_first_grading(course: Course, assignment: str) -> bool:
    """Whether nobody's work on an assignment has been graded yet, so that some will be run."""
    folder = course.root / STATES / assignment
    return not folder.is_dir() or not any(folder.iterdir())


def begin_imports(nursery: Nursery, course: Course, assignment: Assignment) -> None:
    """Let a nursery import what the submissions will need."""
    from graders.preload import preload_of

    nursery.preload(preload_of(assignment, _usual_submissions(course, assignment)))


def _usual_submissions(course: Course, assignment: Assignment) -> Iterator[bytes]:
    """Yield the notebooks where nbgrader looks for them unless its configuration says otherwise.

    Those in other places are looked at later, once that is known.
    """
    from graders.submission import MAX_BYTES

    for path in course.root.glob(f"submitted/*/{assignment.name}/{assignment.name}.ipynb"):
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= MAX_BYTES:
                yield path.read_bytes()
