"""One run at a time writes the results of a course, and removes what a killed one has left."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graders.runner.inside.folders import remove

LOCK = Path(".graders") / "lock"
"""Below the course's folder. It is locked while a run goes on, and names its folder of temporary files."""

PREFIX = "graders-run-"


class CourseBusyError(Exception):
    """Another run is writing to the course. The message says what to do."""


@contextmanager
def only_run(course: Path) -> Iterator[None]:
    """Be the only run of a course, with a folder for temporary files that is gone afterwards.

    Where a run is killed, the next one removes its folder.

    Raises:
        CourseBusyError: there is another run.
        OSError: the course's folder or the one for temporary files cannot be written.
    """
    path = course / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseBusyError(
                f"another `graders grade` is at work in {course}: wait for its end, or interrupt it"
            ) from None
        file.seek(0)
        _remove(Path(file.read().strip()))
        usual, folder = tempfile.tempdir, tempfile.mkdtemp(prefix=PREFIX)
        try:
            file.truncate(0)
            file.write(folder)
            file.flush()
            tempfile.tempdir = folder
            yield
        finally:
            tempfile.tempdir = usual
            _remove(Path(folder))


def _remove(folder: Path) -> None:
    """Remove the folder of a run, if it is one, and our own."""
    if not folder.name.startswith(PREFIX) or folder.is_symlink() or not folder.is_dir():
        return
    if folder.stat().st_uid == os.geteuid():
        remove(str(folder))
