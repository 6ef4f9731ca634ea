"""The zygote's life: import everything once, say READY, make one attempt per request until the end."""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from . import processes
from .attempt import run_attempt
from .frames import receive, send
from .shell import StudentShell, make_shell

CHANNEL_DESCRIPTOR = 60
"""Lowest number for the channel: above what libraries open while they are imported."""


def serve(assignment: str, preload: Sequence[str]) -> int:
    """Serve attempts at jobs of one assignment. Return the exit status: 1 if it could not start."""
    requests, replies = take_channel()
    processes.adopt_orphans()
    try:
        shell = warm_up(assignment, preload)
    except BaseException as error:
        send(replies, {"kind": "failed", "message": f"{type(error).__name__}: {error}"})
        return 1
    wake = _wake_on_child_end()
    send(replies, {"kind": "ready"})
    while (job := receive(requests)) is not None:
        run_attempt(shell, job, lambda frame: send(replies, frame), wake, requests)
    return 0


def take_channel() -> tuple[int, int]:
    """Move the channel away from standard input and output, so that a print cannot corrupt it."""
    requests, replies = (fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, CHANNEL_DESCRIPTOR) for number in (0, 1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, replies


def warm_up(assignment: str, preload: Sequence[str]) -> StudentShell:
    """Import what every job needs, and make the shell; what exists now is shared by all children."""
    sys.path.insert(0, assignment)
    for name in ("numpy", "tinystack", "tinystack.lab", *preload):
        module = importlib.import_module(name)
        _check_origin(module.__file__ or "", name, assignment)
    shell = make_shell()
    gc.collect()
    gc.freeze()
    return shell


def _check_origin(file: str, name: str, assignment: str) -> None:
    inside = os.path.realpath(file).startswith(os.path.join(assignment, ""))
    if name.startswith("tinystack") and not inside:
        raise ImportError(f"{name} was found in {file}")


def _wake_on_child_end() -> int:
    """Return a descriptor that becomes readable when a child ends."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.signal(signal.SIGCHLD, _ignore)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    return readable


def _ignore(number: int, frame: FrameType | None) -> None:
    """Handle SIGCHLD by doing nothing: without a handler there would be nothing to wake up for."""
