"""What runs that were ended by force left behind, in temporary folders."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from graders.doctor.findings import Finding, ok, warning

PATTERNS = ("graders-*", "tinystack-*", "attempt-*", "suite-*")
"""Names of folders that runners, courses and experiments make for themselves."""

OLD_SECONDS = 86_400
"""No run takes a day."""


def examine() -> Finding:
    """Look for old folders of this account."""
    found = sorted(_old())
    if not found:
        return ok("leftovers", "there are none in temporary folders")
    names = " ".join(shlex.quote(str(path)) for path in found)
    return warning(
        "leftovers",
        f"{len(found)} folders of runs that ended long ago are left",
        f"remove them: rm -r {names}",
    )


def _old() -> Iterator[Path]:
    for folder in {Path(tempfile.gettempdir()), Path("/dev/shm")}:
        for pattern in PATTERNS if folder.is_dir() else ():
            yield from (path for path in folder.glob(pattern) if _is_old(path))


def _is_old(path: Path) -> bool:
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:  # gone in between
        return False
    return path.is_dir() and found.st_uid == os.getuid() and time.time() - found.st_mtime > OLD_SECONDS
