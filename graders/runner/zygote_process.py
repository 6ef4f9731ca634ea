"""The untrusted side's program, as the trusted one sees it: started clean, spoken to in frames, reaped."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from graders.runner.inside.folders import remove
from graders.runner.inside.frames import HEADER_BYTES, MAX_FRAME_BYTES, encode
from graders.runner.inside.kinds import ATTEMPT, PREPARE
from graders.runner.inside.precompiled import MAX_EXPERIMENTS, reference
from graders.runner.leftovers import MARK_VARIABLE, end_marked
from graders.runner.protocol import Failed, Ready, Reply, parse
from graders.runner.records import RunnerError
from graders.sandbox import SANDBOXED, Protection, SandboxError, bubblewrap, machine

PROGRAM = Path(__file__).with_name("zygote.py")

START_SECONDS = 60.0
"""Start-up takes half a second; a cold disk and matplotlib's first list of fonts take several."""

CLOSE_SECONDS = 1.0
"""An idle zygote ends within milliseconds of its input being closed."""

READ_BYTES = 1 << 16
"""As much as a pipe holds."""

LOG_CHARS = 2000
"""How much of the zygote's own stderr is quoted when it cannot start."""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",  # one thread: the same sums everywhere, and none that a fork would lose
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

SANDBOX_PATH = os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"))
"""PATH in the sandbox: where programs lie that it can see."""


class ZygoteLost(Exception):
    """The zygote has ended, or no longer answers as it should. The message says which."""


class ZygoteProcess:
    """A running zygote. In the sandbox it ends with the thread that has started it.

    Raises:
        RunnerError: it cannot start.
        SandboxError: this machine does not give the protection that is asked for.
    """

    def __init__(
        self, assignment: Path, preload: Sequence[str] = (), protection: Protection = SANDBOXED
    ) -> None:
        self._mark = secrets.token_hex(16)
        self._prepared: dict[str, None] = {}
        self._received = bytearray()
        self._sandboxed = protection.sandboxed
        if self._sandboxed and (faults := machine.missing()):
            raise SandboxError(machine.explain("this machine lacks what it needs", faults))
        self._scratch = tempfile.mkdtemp(prefix="graders-runner-")
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by kill)
        try:
            self._process = self._start(self._command(assignment, preload, protection))
        except BaseException:
            self._log.close()
            remove(self._scratch)
            raise
        try:
            self._expect_ready(assignment)
        except BaseException:
            self.kill()
            raise

    def _command(self, assignment: Path, preload: Sequence[str], protection: Protection) -> list[str]:
        if not protection.sandboxed:
            return [sys.executable, "-I", "-B", str(PROGRAM), "unprotected", str(assignment), *preload]
        try:
            command = bubblewrap.command(PROGRAM, assignment, Path(self._scratch), protection)
        except OSError as error:
            raise RunnerError(
                f"the files of the assignment cannot be copied for the sandbox: {error}. "
                "Make them readable for the account that grades."
            ) from None
        return [*command, "sandboxed", bubblewrap.ASSIGNMENT, *preload]

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            cwd=self._scratch,
            env=self._environment(),
            start_new_session=True,
        )
        os.set_blocking(_descriptor(process.stdin), False)
        return process

    def _environment(self) -> dict[str, str]:
        if self._sandboxed:
            return {**ENVIRONMENT, **bubblewrap.environment(), "PATH": SANDBOX_PATH}
        path = os.environ.get("PATH", os.defpath)
        places = dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"), self._scratch)
        return {**ENVIRONMENT, **places, "PATH": path, MARK_VARIABLE: self._mark}

    def _expect_ready(self, assignment: Path) -> None:
        try:
            reply = self.receive(time.monotonic() + START_SECONDS)
        except ZygoteLost as lost:
            self._process.wait(CLOSE_SECONDS)
            wrote = self._log_tail()
            if self._sandboxed and wrote.startswith("bwrap:"):
                raise SandboxError(machine.explain(wrote.strip(), machine.missing())) from None
            raise RunnerError(f"the runner's process did not start: {lost}. It wrote:\n{wrote}") from None
        if isinstance(reply, Failed) and reply.sandbox:
            raise SandboxError(machine.explain(reply.message, machine.missing()))
        if isinstance(reply, Failed):
            raise RunnerError(
                f"tinystack cannot be imported from the assignment folder {assignment}: {reply.message}. "
                f"{assignment / 'tinystack'} must be what came with the assignment: copy it from there again."
            )
        if not isinstance(reply, Ready):
            raise RunnerError(f"the runner's process began with {type(reply).__name__} instead of READY")

    def _log_tail(self) -> str:
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")[-LOG_CHARS:]

    def send(self, request: dict[str, Any], deadline: float) -> None:
        """Send a request. Raises ZygoteLost if it is not taken before the deadline, a `time.monotonic()`.

        Experiments that come for the first time are sent to be compiled before.
        """
        if not request["once"]:
            self._prepare(request["experiments"], deadline)
            referred = [[name, reference(name, code)] for name, code in request["experiments"]]
            request = {**request, "experiments": referred}
        self._write(ATTEMPT + encode(request), deadline)

    def _prepare(self, experiments: Sequence[Sequence[str]], deadline: float) -> None:
        """Have those experiments compiled that the zygote does not keep."""
        new = [pair for pair in experiments if reference(*pair) not in self._prepared]
        if new:
            self._write(PREPARE + encode({"experiments": new}), deadline)
            self._prepared |= {reference(*pair): None for pair in new}
            for oldest in list(self._prepared)[:-MAX_EXPERIMENTS]:  # as the zygote does
                del self._prepared[oldest]

    def _write(self, message: bytes, deadline: float) -> None:
        descriptor, data = _descriptor(self._process.stdin), memoryview(message)
        while data:
            if not select.select([], [descriptor], [], max(0.0, deadline - time.monotonic()))[1]:
                raise ZygoteLost("it takes no requests")
            try:
                data = data[os.write(descriptor, data) :]
            except BrokenPipeError:
                raise ZygoteLost("it has ended") from None

    def receive(self, deadline: float) -> Reply:
        """Wait for one reply. Raises ZygoteLost if none comes before the deadline, or it cannot be read."""
        size = int.from_bytes(self._read(HEADER_BYTES, deadline), "big")
        if size > MAX_FRAME_BYTES:
            raise ZygoteLost(f"it announced a reply of {size} bytes")
        try:
            return parse(self._read(size, deadline))
        except ValueError as error:
            raise ZygoteLost(str(error)) from None

    def _read(self, count: int, deadline: float) -> bytes:
        """Take so many bytes of what it has sent; what came with them waits for the next call."""
        data = self._received
        if len(data) < count:
            descriptor = _descriptor(self._process.stdout)
            while len(data) < count:
                if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                    raise ZygoteLost("it does not answer")
                chunk = os.read(descriptor, READ_BYTES)
                if not chunk:
                    raise ZygoteLost("it has ended")
                data += chunk
        taken = bytes(data[:count])
        del data[:count]
        return taken

    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """Let it end by itself, and make sure that it has."""
        _close(self._process.stdin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it and all its descendants, and remove its files."""
        if self.alive():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if not self._sandboxed:  # there, the end of its namespace is the end of everything in it
            end_marked(self._mark)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            _close(stream)
        remove(self._scratch)

    def __enter__(self) -> ZygoteProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _descriptor(stream: IO[bytes] | None) -> int:
    assert stream is not None, "the process was started with pipes"
    return stream.fileno()


def _close(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except BrokenPipeError:
        return
