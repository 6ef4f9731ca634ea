"""A folder that is built beside the one it replaces, and takes its place in one step."""

from __future__ import annotations

import ctypes
import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".publishing-"
"""Begins the names of folders being built; nbgrader does not see names with a leading dot."""

AT_FDCWD = -100
RENAME_EXCHANGE = 2
NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}
"""What a system or file system answers that cannot exchange two names."""


@contextmanager
def replacement(target: Path) -> Iterator[Path]:
    """Give a new folder to build in; at the end of the block it takes the place of `target`.

    If the block raises, or the process ends, `target` is as it was. It is on the same file system, and in a
    shared folder its files get the same group. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{target.name}-", dir=target.parent))
    try:
        new = workshop / "new"
        new.mkdir()
        yield new
        _put_in_place(new, target)
    finally:
        _restore(workshop, target)
        shutil.rmtree(workshop, ignore_errors=True)  # what cannot be removed now is found by clean


def clean(target_pattern: str) -> None:
    """Remove what an interrupted replacement left beside folders that match a pattern of glob.glob.

    A folder that was moved away, and not yet replaced, comes back. Raises OSError.
    """
    parents, name = os.path.split(target_pattern)
    for workshop in map(Path, glob.glob(os.path.join(parents, f"{PREFIX}{name}-*"))):
        target = workshop.name.removeprefix(PREFIX).rpartition("-")[0]
        _restore(workshop, workshop.parent / target)
        shutil.rmtree(workshop)


def _put_in_place(new: Path, target: Path) -> None:
    if not target.exists() and not target.is_symlink():
        new.rename(target)
    elif not _exchange(new, target):
        target.rename(_old(new.parent))
        new.rename(target)


def _old(workshop: Path) -> Path:
    """Where the old folder is between the two steps, where they cannot be one."""
    return workshop / "old"


def _restore(workshop: Path, target: Path) -> None:
    if _old(workshop).exists() and not target.exists():
        _old(workshop).rename(target)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step, as Linux can; False where that is not possible. Raises OSError."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    error = ctypes.get_errno()
    if error in NOT_HERE:
        return False
    raise OSError(error, os.strerror(error), str(one), None, str(other))
