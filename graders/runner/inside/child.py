"""The child, before the student's code runs: session, descriptors, limits, folders, environment, seeds."""

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
from base64 import b64decode
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, NoReturn

import numpy as np
from IPython.core.error import StdinNotImplementedError

from . import kernel, processes
from .channel import Channel, Ends
from .folders import make_folders, show_assignment, write_files
from .frames import Frame
from .shell import StudentShell
from .steps import run_steps

FAULT_STATUS = 70
"""Exit status where this side broke down, and not the student's code."""

DESCRIPTORS = range(100, 200)
"""Where the child's ends of the progress pipe lie, at random: beyond what a loop over small numbers hits."""


MAX_PENDING_SIGNALS = 256
"""Signals that wait to be delivered, all of a job's processes together."""


@dataclass(frozen=True)
class Surroundings:
    """scratch: the folder that the child writes to. assignment: the one that it reads.

    parent: the process that has forked it; None where it is in a sandbox, where that cannot be seen.
    """

    scratch: str
    assignment: str
    parent: int | None

    @property
    def sandboxed(self) -> bool:
        """Whether this process is in namespaces of its own."""
        return self.parent is None


def main(shell: StudentShell, job: Frame, ends: Ends, surroundings: Surroundings) -> NoReturn:
    """Run a job's steps in this process, which has just been forked, and end it."""
    status = FAULT_STATUS
    try:
        channel = _enter(job, ends, surroundings)
        _prepare_shell(shell, surroundings.scratch)
        run_steps(shell, job, channel)
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _enter(job: Frame, ends: Ends, surroundings: Surroundings) -> Channel:
    os.setsid()
    _restore_signals()
    processes.die_with_parent()
    if not surroundings.sandboxed and os.getppid() != surroundings.parent:
        raise ConnectionError("the zygote has gone")
    patience = job["limits"]["step_seconds"] / 2 if surroundings.sandboxed else 0.0
    channel = _arrange_descriptors(ends, patience, rich=job["rich"])
    if surroundings.sandboxed:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # its keeper must not be looked into, but its own /proc may
        _be_killed_first()
    limit_resources(job["limits"], surroundings.sandboxed)
    _set_environment(job["nonce"], surroundings.scratch)
    _fill_working_folder(job.get("files", []), surroundings)
    seed(job["nonce"])
    return channel


def _be_killed_first() -> None:
    """Where the machine's memory runs out, let it be this process that ends."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _fill_working_folder(files: list[list[str]], surroundings: Surroundings) -> None:
    folder = os.getcwd()
    if surroundings.sandboxed:
        show_assignment(surroundings.assignment, folder)
    left_out = write_files(folder, [(path, b64decode(text)) for path, text in files])
    for path, reason in left_out:
        print(f"[{path!r} was not put into the working directory: {reason}]", file=sys.stderr)


def _restore_signals() -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _arrange_descriptors(ends: Ends, patience: float, *, rich: bool) -> Channel:
    """Put output on 1 and 2, nothing on 0, the progress pipe at random numbers; close everything else."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(ends.output, 1)
    os.dup2(ends.errors if rich else ends.output, 2)
    low, high = sorted(secrets.SystemRandom().sample(DESCRIPTORS, 2))
    os.dup2(ends.progress, low, inheritable=False)
    os.dup2(ends.acknowledgement, high, inheritable=False)
    for first, last in ((3, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, last)
    sys.stdout = _text_stream(1)
    sys.stderr = _text_stream(2)
    return Channel(low, high, ends.token, patience)


def _text_stream(descriptor: int) -> TextIOWrapper:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def limit_resources(limits: Frame, sandboxed: bool) -> None:
    """Set this process's limits, soft and hard, but for those the system does not have (macOS: memory).

    Processes can be counted in a namespace only: outside, all of a user's would count.
    """
    wanted = {
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CORE: 0,
    }
    if sandboxed:
        wanted |= {resource.RLIMIT_NPROC: limits["processes"] + 1, resource.RLIMIT_MSGQUEUE: 0}
        wanted |= {resource.RLIMIT_MEMLOCK: 0, resource.RLIMIT_SIGPENDING: MAX_PENDING_SIGNALS}
    for kind, value in wanted.items():
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue


def _set_environment(nonce: str, scratch: str) -> None:
    home, work, temporary = make_folders(scratch)
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
    shell.keep_values_below(os.path.join(scratch, "home"))
    builtins.input = _no_input


def _no_input(prompt: Any = "", /) -> NoReturn:
    raise StdinNotImplementedError("input() was called, and nobody answers while a notebook is graded")
