"""One run at a time writes the results of a course."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = Path(".graders") / "lock"
"""Below the course's folder. It is locked while a run goes on, and free again however that ends."""


class CourseBusyError(Exception):
    """Another run is writing to the course. The message says what to do."""


@contextmanager
def only_run(course: Path) -> Iterator[None]:
    """Be the only run of a course. Raises CourseBusyError: there is another one."""
    path = course / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseBusyError(
                f"another `graders grade` is at work in {course}: wait for its end, or interrupt it"
            ) from None
        yield
