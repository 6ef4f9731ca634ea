"""What a run has left on the machine: files, processes and sockets."""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36

OUTPUTS = ("autograded", "feedback", "release", ".graders", "gradebook.db", "grades.csv")
"""What grading writes in a course; all else must stay as it is."""

SHARED = (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"))
"""Folders that everybody can write to."""


def digests(root: Path, left_out: tuple[str, ...] = ()) -> dict[str, str]:
    """Return kind, mode and content of all that is in a folder, by path."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if name.parts[0] in left_out or "__pycache__" in name.parts:
            continue
        found[str(name)] = f"{path.lstat().st_mode:o} {_content(path)}"
    return found


def _content(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends, so that none can hide."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def descendants() -> dict[int, str]:
    """Return the command lines of all processes that come from this one and still run."""
    parents = dict(_parents())
    found = {}
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and pid != above:
            found[pid] = _command(pid)
    return {pid: command for pid, command in found.items() if command}


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), int((folder / "stat").read_text().rpartition(") ")[2].split()[1])
            except (OSError, IndexError):
                continue  # it has just ended


def _command(pid: int) -> str:
    """Return a process's command line; empty for one that has ended and was not waited for."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def marked(mark: str) -> list[str]:
    """Return files in shared folders, processes and sockets of this machine that carry a mark."""
    files = [str(path) for folder in SHARED for path in _listed(folder) if mark in path.name]
    commands = [command for pid, _ in _parents() if mark in (command := _command(pid))]
    sockets = [line for line in Path("/proc/net/unix").read_text().splitlines() if mark in line]
    return [*files, *commands, *sockets]


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
