"""The child, before the student's code runs: session, descriptors, limits, environment, random numbers."""

from __future__ import annotations

import builtins
import hashlib
import os
import random
import resource
import secrets
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, NoReturn

import numpy as np
from IPython.core.error import StdinNotImplementedError
from IPython.core.profiledir import ProfileDir

from . import processes
from .channel import Channel
from .frames import Frame
from .shell import StudentShell
from .steps import run_steps

FAULT_STATUS = 70
"""Exit status where this side broke down, and not the student's code."""

DESCRIPTORS = range(100, 200)
"""Where the child's ends of the progress pipe lie, at random: beyond what a loop over small numbers hits."""


@dataclass(frozen=True)
class Ends:
    """The child's ends of its pipes, and the token that makes a line on them a frame."""

    progress: int
    acknowledgement: int
    output: int
    token: bytes


def main(shell: StudentShell, job: Frame, ends: Ends, scratch: str, parent: int) -> NoReturn:
    """Run a job's steps in this process, which has just been forked, and end it."""
    status = FAULT_STATUS
    try:
        channel = _enter(job, ends, scratch, parent)
        _prepare_shell(shell, scratch)
        run_steps(shell, job, channel)
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _enter(job: Frame, ends: Ends, scratch: str, parent: int) -> Channel:
    os.setsid()
    _restore_signals()
    processes.die_with_parent()
    if os.getppid() != parent:
        raise ConnectionError("the zygote has gone")
    channel = _arrange_descriptors(ends)
    limit_resources(job["limits"])
    _set_environment(job["nonce"], scratch)
    seed(job["nonce"])
    return channel


def _restore_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _arrange_descriptors(ends: Ends) -> Channel:
    """Put output on 1 and 2, nothing on 0, the progress pipe at random numbers; close everything else."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(ends.output, 1)
    os.dup2(ends.output, 2)
    low, high = sorted(secrets.SystemRandom().sample(DESCRIPTORS, 2))
    os.dup2(ends.progress, low, inheritable=False)
    os.dup2(ends.acknowledgement, high, inheritable=False)
    for first, last in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, last)
    sys.stdout = _text_stream(1)
    sys.stderr = _text_stream(2)
    return Channel(low, high, ends.token)


def _text_stream(descriptor: int) -> TextIOWrapper:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def limit_resources(limits: Frame) -> None:
    """Set this process's limits, soft and hard, but for those the system does not have (macOS: memory)."""
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue


def _set_environment(nonce: str, scratch: str) -> None:
    home, work, temporary = (os.path.join(scratch, name) for name in ("home", "work", "tmp"))
    for folder in (home, work, temporary):
        os.mkdir(folder)
    os.environ.update(dict.fromkeys(("HOME", "MPLCONFIGDIR", "IPYTHONDIR"), home))
    os.environ.update(TMPDIR=temporary, TINYSTACK_NONCE=nonce, NBGRADER_EXECUTION="autograde")
    tempfile.tempdir = temporary
    os.chdir(work)
    sys.path.insert(0, "")  # as in a kernel: a module that a cell wrote can be imported


def seed(nonce: str) -> None:
    """Give numpy's and Python's global generators a state that depends on the nonce alone."""
    number = int.from_bytes(hashlib.sha256(nonce.encode()).digest()[:4], "big")
    random.seed(number)
    np.random.seed(number)


def _prepare_shell(shell: StudentShell, scratch: str) -> None:
    shell.profile_dir = ProfileDir(location=os.path.join(scratch, "home"))  # where %store keeps its values
    builtins.input = _no_input


def _no_input(prompt: Any = "", /) -> NoReturn:
    raise StdinNotImplementedError("input() was called, and nobody answers while a notebook is graded")
