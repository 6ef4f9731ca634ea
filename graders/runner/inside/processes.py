"""Descendants: making sure that none of them outlives the attempt that started it."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from typing import NoReturn

from . import kernel

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

KILL_SECONDS = 5.0
"""Longest time spent on ending what an attempt left behind; what forks faster than that is reported."""

PAUSE_SECONDS = 0.002
"""Between two rounds of killing: orphans need a moment to become our children."""


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends, so that none can hide. Linux only."""
    return _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> bool:
    """Have this process killed when its parent ends. Linux only; a process can take it back."""
    return _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def live(life: Callable[[], int]) -> NoReturn:
    """Let this process, which has just been forked, live a life that returns its exit status, and end it.

    It is killed when its parent ends.
    """
    code = 1
    try:
        die_with_parent()
        code = life()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _prctl(option: int, value: int) -> bool:
    try:
        kernel.prctl(option, value)
    except (AttributeError, OSError):
        return False
    return True


def end_all(leader: int, alone: bool) -> bool:
    """Kill a session, and after it every child of this process; wait for all of them. False if some are left.

    alone: this is the first process of a namespace: every other one in it is killed, and none can escape.
    Elsewhere a process can, by forking faster than it is killed, or by attacking this one; and where orphans
    are not adopted (macOS), processes that left the session are not found.
    """
    end_round = _end_others if alone else _end_children
    _kill_group(leader)
    deadline = time.monotonic() + KILL_SECONDS
    while end_round():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def _end_others() -> bool:
    """Kill all others in a namespace whose first process this is. Return whether there were any."""
    _reap()
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _end_children() -> bool:
    """Kill the children of this process. Return whether there were any."""
    left = _reap()
    for child in children_of(os.getpid()) if left else ():
        _kill(child)
    return left


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says PermissionError of a group of zombies
        _kill(leader)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def reap() -> Iterator[tuple[int, int]]:
    """Reap every child that has ended, and yield its id and status."""
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            yield ended
    except ChildProcessError:
        return


def _reap() -> bool:
    """Reap every child that has ended. Return whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def children_of(parent: int) -> Iterator[int]:
    """Yield the children of a process, as /proc tells them; nothing on a system without it."""
    try:
        entries = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return
    for pid in entries:
        if _parent_of(pid) == parent:
            yield pid


def _parent_of(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])  # the name in brackets may hold anything
    except (OSError, ValueError, IndexError):
        return None
