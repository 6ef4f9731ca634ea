"""The keeper of one attempt: forked by the zygote, it reads the request, and all that runs is below it.

So no job leaves anything in the zygote's memory for the next one to find. In the sandbox it is the first
process of the job's namespaces: what is in them cannot signal it, look into it or outlive it.
"""

from __future__ import annotations

import os
import signal
import tempfile
import traceback
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from . import namespaces, processes
from .attempt import Place, run_attempt
from .folders import remove
from .frames import Frame, receive, send
from .shell import StudentShell

REHEARSAL_BYTES = 1 << 20


@dataclass(frozen=True)
class Zygote:
    """What a keeper is given. sandboxed: jobs get namespaces of their own."""

    shell: StudentShell
    assignment: str
    requests: int
    replies: int
    sandboxed: bool


def make_attempt(zygote: Zygote) -> bool:
    """Fork a keeper for the request that comes, and wait for its end. False if it broke down."""
    user, group = os.geteuid(), os.getegid()
    pid = namespaces.fork() if zygote.sandboxed else os.fork()
    if pid == 0:
        _keep(zygote, user, group)
    return os.waitpid(pid, 0)[1] == 0


def rehearse() -> None:
    """Enter namespaces as an attempt does. Raises OSError, which says what the machine does not allow."""
    user, group = os.geteuid(), os.getegid()
    readable, writable = os.pipe()
    pid = namespaces.fork()
    if pid == 0:
        _tell_fault(writable, user, group)
    os.close(writable)
    with open(readable, "rb") as answer:
        fault = answer.read().decode()
    status = os.waitpid(pid, 0)[1]
    if fault or status:
        raise OSError(fault or f"the first process of a job's namespaces ended with status {status}")


def _tell_fault(writable: int, user: int, group: int) -> NoReturn:
    try:
        namespaces.enter(user, group, REHEARSAL_BYTES)
        os._exit(0)
    except BaseException as error:
        os.write(writable, f"{type(error).__name__}: {error}"[:1000].encode())
    finally:
        os._exit(1)


def _keep(zygote: Zygote, user: int, group: int) -> NoReturn:
    status = 1
    try:
        processes.die_with_parent()
        if (job := receive(zygote.requests)) is not None:
            _attempt(zygote, job, user, group)
            status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _attempt(zygote: Zygote, job: Frame, user: int, group: int) -> None:
    if zygote.sandboxed:
        namespaces.enter(user, group, job["limits"]["scratch_bytes"])
        scratch = namespaces.SCRATCH
    else:
        processes.adopt_orphans()
        scratch = tempfile.mkdtemp(prefix="attempt-")
    place = Place(scratch, zygote.assignment, _wake_on_child_end(), zygote.requests, zygote.sandboxed)
    try:
        ended = run_attempt(zygote.shell, job, lambda frame: send(zygote.replies, frame), place)
    finally:
        if not zygote.sandboxed:
            remove(scratch)
    send(zygote.replies, ended)


def _wake_on_child_end() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.signal(signal.SIGCHLD, _ignore)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a job cannot send to the first of its processes
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    return readable


def _ignore(number: int, frame: FrameType | None) -> None:
    """Handle SIGCHLD by doing nothing: without a handler there would be nothing to wake up for."""
