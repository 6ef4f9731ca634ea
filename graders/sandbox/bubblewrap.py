"""The command line of a sandbox: what it sees of the machine, and that it sees nothing else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from graders.sandbox import libraries
from graders.sandbox.staging import stage, write_accounts

ASSIGNMENT = "/assignment"
PROGRAM = "/runner"
"""Where a sandbox sees the assignment, and the program that runs students' code."""

USUAL_SCRATCH, OTHER_SCRATCH = "/tmp", "/scratch"
"""The folder that every job has for itself: the second one where the interpreter lies below the first."""

SCRATCH_VARIABLE = "GRADERS_SCRATCH"
"""Tells the program in the sandbox which of the two it is."""

HOST_NAME = "sandbox"
NOBODY = 65534
"""Who students' code is where root grades."""

CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SYS_ADMIN")
"""What root keeps until it has become nobody, which is the first thing that it does: see `namespaces`."""

NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


def find() -> str | None:
    """Return the path of bubblewrap's program; None where it is not installed."""
    return shutil.which("bwrap", path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/bin")


def scratch() -> str:
    """Return the folder that every job has for itself."""
    shown = libraries.visible()
    paths = (*shown, *(path for _, path in libraries.links(shown)))
    covered = any(path.is_relative_to(USUAL_SCRATCH) for path in paths)
    return OTHER_SCRATCH if covered else USUAL_SCRATCH


def environment() -> dict[str, str]:
    """Return the variables that name a job's folders."""
    own = scratch()
    places = dict.fromkeys(("HOME", "MPLCONFIGDIR", "IPYTHONDIR"), _home(own))
    return {**places, "TMPDIR": f"{own}/tmp", SCRATCH_VARIABLE: own}


def _home(own: str) -> str:
    """The home folder of every job; the names in the folder of its own are those of `inside/folders.py`."""
    return f"{own}/home"


def command(program: Path, assignment: Path, folder: Path) -> list[str]:
    """Return the command that starts a program of `runner` in a sandbox; its arguments are to be added.

    program: a Python file, with its package `inside` beside it. assignment: its files are copied. folder: a
    new one of the caller's own, for these copies. Raises OSError: a file cannot be copied.
    """
    own = scratch()
    user, group = (NOBODY, NOBODY) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    stage(assignment, folder / "assignment")
    write_accounts(folder, user, group, _home(own))
    shown = {
        folder / "assignment": Path(ASSIGNMENT),
        folder / "passwd": Path("/etc/passwd"),
        folder / "group": Path("/etc/group"),
        program: Path(PROGRAM) / program.name,
        program.parent / "inside": Path(PROGRAM) / "inside",
    }
    return [
        find() or "bwrap",
        *("--tmpfs", USUAL_SCRATCH),
        *chain.from_iterable(_machine()),
        *chain.from_iterable(_shown(shown)),
        *chain.from_iterable(_own_folders(own)),
        *_namespaces(),
        "--",
        *(sys.executable, "-I", "-B", f"{PROGRAM}/{program.name}"),
    ]


def _machine() -> Iterator[Sequence[str]]:
    paths = libraries.visible()
    yield from _shown({path: path for path in paths})
    for text, path in libraries.links(paths):
        yield from _folders_on_the_way_to(path)
        yield ("--symlink", text, str(path))
    for path in libraries.masked(paths):
        yield ("--tmpfs", str(path))
        yield ("--remount-ro", str(path))


def _shown(paths: Mapping[Path, Path]) -> Iterator[Sequence[str]]:
    """Show what is on the machine, read-only. Folders on the way there are empty, and open for everybody."""
    for source, target in paths.items():
        yield from _folders_on_the_way_to(target)
        yield ("--ro-bind", str(source), str(target))


def _folders_on_the_way_to(path: Path) -> Iterator[Sequence[str]]:
    for parent in reversed(path.parents[:-1]):
        yield ("--dir", str(parent))


def _own_folders(own: str) -> Iterator[Sequence[str]]:
    yield ("--proc", "/proc")
    yield ("--dev", "/dev")
    yield ("--tmpfs", "/dev/shm")
    if own != USUAL_SCRATCH:
        yield ("--remount-ro", USUAL_SCRATCH)
        yield ("--tmpfs", own)
    yield ("--remount-ro", "/dev")
    yield ("--remount-ro", "/")
    yield ("--chdir", "/")


def _namespaces() -> Iterator[str]:
    yield from NAMESPACES
    yield from ("--hostname", HOST_NAME)
    if os.geteuid() == 0:
        yield from ("--cap-drop", "ALL")
        yield from chain.from_iterable(("--cap-add", name) for name in CAPABILITIES)
    else:
        yield "--unshare-user"
    yield from ("--die-with-parent", "--new-session")
