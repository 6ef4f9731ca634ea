"""The program of the untrusted side as the trusted one sees it: started clean, asked for zygotes, reaped.

One that is offered serves all runners of this process, and of those forked from it, which need the same: all
workers of a class then share one start, and what it has imported.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from graders.runner.inside.births import order_birth, order_import
from graders.runner.inside.folders import remove
from graders.runner.leftovers import MARK_VARIABLE, end_marked
from graders.runner.records import RunnerError
from graders.sandbox import SANDBOXED, Protection, SandboxError, bubblewrap, machine
from graders.sandbox.staging import digest

PROGRAM = Path(__file__).with_name("zygote.py")

CLOSE_SECONDS = 1.0
"""An idle one ends within milliseconds of the end of its orders."""

LOG_CHARS = 2000
"""How much of its stderr is quoted when it cannot start."""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",  # one thread: the same sums everywhere, and none that a fork would lose
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PIP_RETRIES": "0",  # there is no network: a cell with !pip install fails at once, not after many tries
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}

SANDBOX_PATH = os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"))
"""PATH in the sandbox: where programs lie that it can see."""


_offered: list[Nursery] = []


class Nursery:
    """A running program that zygotes are forked from. In the sandbox it ends with the thread that started it.

    Raises:
        RunnerError: it cannot start.
        SandboxError: this machine does not give the protection that is asked for.
    """

    def __init__(self, assignment: Path, protection: Protection = SANDBOXED) -> None:
        """Start it, without waiting. It imports at its first order; zygotes say what goes wrong there."""
        if protection.sandboxed and (faults := machine.missing()):
            raise SandboxError(machine.explain("this machine lacks what it needs", faults))
        self.protection = protection
        self._mark = secrets.token_hex(16)
        self._scratch = tempfile.mkdtemp(prefix="graders-runner-")
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by kill)
        self._orders, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = self._start(self._command(assignment), theirs)
        except BaseException:
            self._remove_files()
            raise

    def _command(self, assignment: Path) -> list[str]:
        if not self.protection.sandboxed:
            return [sys.executable, "-I", "-B", str(PROGRAM), "unprotected", str(assignment)]
        try:
            command = bubblewrap.command(PROGRAM, assignment, Path(self._scratch))
            self._digest = digest(Path(self._scratch) / "assignment")
        except OSError as error:
            raise RunnerError(
                f"the files of the assignment cannot be copied for the sandbox: {error}. "
                "Make them readable for the account that grades."
            ) from None
        return [*command, "sandboxed", bubblewrap.ASSIGNMENT]

    def _start(self, command: list[str], orders: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=orders.fileno(),
            stdout=self._log,
            stderr=self._log,
            cwd=self._scratch,
            env=self._environment(),
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        if self.protection.sandboxed:
            return {**ENVIRONMENT, **bubblewrap.environment(), "PATH": SANDBOX_PATH}
        path = os.environ.get("PATH", os.defpath)
        places = dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"), self._scratch)
        return {**ENVIRONMENT, **places, "PATH": path, MARK_VARIABLE: self._mark}

    def offer(self) -> None:
        """Let it serve all runners, here and in processes forked from here, that need the same."""
        _offered.append(self)

    def serves(self, assignment: Path, protection: Protection) -> bool:
        """Whether it is what a runner needs that may share one, and still there."""
        alike = self.protection == protection and protection.sandboxed
        return alike and self.alive() and self._digest == digest(assignment)

    def preload(self, modules: Sequence[str]) -> None:
        """Have modules imported for zygotes to come, and all that these need anyway.

        To be called before other processes order zygotes: two orders at a time may be mixed up.
        """
        with contextlib.suppress(OSError):  # it has ended: who asks for a zygote is told
            order_import(self._orders, modules)

    def channel(self) -> socket.socket:
        """Order a zygote, and return our end of its channel; where there is none, the other end is closed."""
        ours, theirs = socket.socketpair()
        with theirs, contextlib.suppress(OSError):
            order_birth(self._orders, theirs.fileno())
        return ours

    def alive(self) -> bool:
        """Whether it still takes orders, as far as is known yet."""
        poll = select.poll()
        poll.register(self._orders, select.POLLHUP)
        return not poll.poll(0)

    def last_words(self) -> str:
        """The end of what it has written to its stderr."""
        size = os.fstat(self._log.fileno()).st_size
        tail = os.pread(self._log.fileno(), 4 * LOG_CHARS, max(0, size - 4 * LOG_CHARS))
        return tail.decode("utf-8", "replace")[-LOG_CHARS:]

    def close(self) -> None:
        """Let it end by itself, and make sure that it has."""
        self._orders.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it with all its zygotes and their jobs, and remove its files."""
        if self in _offered:
            _offered.remove(self)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if not self.protection.sandboxed:  # there, the end of its namespace is the end of everything in it
            end_marked(self._mark)
        self._remove_files()

    def _remove_files(self) -> None:
        self._orders.close()
        self._log.close()
        remove(self._scratch)


def offered(assignment: Path, protection: Protection) -> Nursery | None:
    """Return one that is offered and is what a runner needs."""
    return next((one for one in _offered if one.serves(assignment, protection)), None)
