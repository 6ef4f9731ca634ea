"""One attempt at a job: fork a child, relay its progress, end it in time, with all that it left behind."""

from __future__ import annotations

import os
import secrets
import select
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import child, processes
from .checks import done_frame
from .folders import remove
from .frames import Frame
from .lines import Lines
from .precompiled import compiled
from .shell import StudentShell

CHUNK_BYTES = 1 << 16
MAX_CHUNKS_AFTER_END = 2048
"""Chunks still read from a pipe once its writers are dead: more than the kernel keeps in one."""

Relay = Callable[[Frame], None]


@dataclass(frozen=True)
class Watched:
    """What the zygote holds of a child. wake: readable when one ends. requests: when the client has gone."""

    pid: int
    progress: int
    acknowledgement: int
    output: int
    wake: int
    requests: int


def run_attempt(shell: StudentShell, job: Frame, relay: Relay, wake: int, requests: int) -> None:
    """Run one attempt, relay its progress frames, and then a frame that says how it ended."""
    for name, code in job["experiments"]:
        compiled(name, code)
    scratch = tempfile.mkdtemp(prefix="attempt-")
    token = secrets.token_hex(16).encode()
    (progress, ends_progress), (ends_ack, ack), (output, ends_output) = os.pipe(), os.pipe(), os.pipe()
    zygote, pid = os.getpid(), os.fork()
    if pid == 0:
        child.main(shell, job, child.Ends(ends_progress, ends_ack, ends_output, token), scratch, zygote)
    for descriptor in (ends_progress, ends_ack, ends_output):
        os.close(descriptor)
    watched = Watched(pid, progress, ack, output, wake, requests)
    try:
        ended = _Watch(watched, job["limits"], token, relay).until_the_end()
    except BaseException:  # the client has gone, or its pipe has broken
        processes.end_all(pid)
        raise
    finally:
        for descriptor in (progress, ack, output):
            os.close(descriptor)
        remove(scratch)
    relay(ended)


class _Watch:
    """Watches one child from its fork to its end."""

    def __init__(self, watched: Watched, limits: Frame, token: bytes, relay: Relay) -> None:
        self._watched = watched
        self._limits = limits
        self._relay = relay
        self._lines = Lines(token)
        self._tail = bytearray()
        self._step = -1
        self._finished = False
        self._status: int | None = None
        self._job_deadline = time.monotonic() + limits["job_seconds"]
        self._step_deadline = time.monotonic() + limits["step_seconds"]
        for descriptor in (watched.progress, watched.acknowledgement, watched.output):
            os.set_blocking(descriptor, False)

    def until_the_end(self) -> Frame:
        """Watch until the child ends or has to be ended; return how it ended."""
        how = None
        while how is None:
            self._wait()
            how = self._verdict()
        gone = processes.end_all(self._watched.pid)
        self._read_the_rest()
        output = bytes(self._tail[-self._limits["output_bytes"] :]).decode("utf-8", "replace")
        ended = {"how": how, "status": self._status, "finished": self._finished}
        return {"kind": "ended", **ended, "output": output, "all_gone": gone}

    def _wait(self) -> None:
        watched = self._watched
        seconds = max(0.0, min(self._job_deadline, self._step_deadline) - time.monotonic())
        sources = [watched.progress, watched.output, watched.wake, watched.requests]
        ready = select.select(sources, [], [], seconds)[0]
        if watched.requests in ready:  # nothing is sent during an attempt: the client has gone
            raise SystemExit("the client has gone")
        if watched.wake in ready:
            _read(watched.wake)
        self._read_output()
        self._read_progress()

    def _verdict(self) -> str | None:
        pid, status = os.waitpid(self._watched.pid, os.WNOHANG)
        if pid:
            self._status = os.waitstatus_to_exitcode(status)
            return "exited"
        if self._lines.flooded:
            return "flooded"
        if time.monotonic() >= self._job_deadline:
            return "out_of_time"
        return "timed_out" if time.monotonic() >= self._step_deadline else None

    def _read_output(self) -> bool:
        data = _read(self._watched.output)
        self._tail += data
        if len(self._tail) > 4 * self._limits["output_bytes"]:
            del self._tail[: -self._limits["output_bytes"]]
        return bool(data)

    def _read_progress(self) -> bool:
        data = _read(self._watched.progress)
        for frame in self._lines.feed(data):
            self._note(frame)
        return bool(data)

    def _read_the_rest(self) -> None:
        for read in (self._read_progress, self._read_output):
            for _ in range(MAX_CHUNKS_AFTER_END):
                if not read():
                    break

    def _note(self, frame: Frame) -> None:
        """Relay a frame that fits where the child is; drop any other."""
        match frame:
            case {"kind": "begin", "step": step} if step == self._step + 1 and not self._finished:
                self._step += 1
                self._step_deadline = time.monotonic() + self._limits["step_seconds"]
                self._relay({"kind": "begin", "step": self._step})
                self._acknowledge()
            case {"kind": "done", "step": step, "error": error, "evidence": evidence} if step == self._step:
                if done := done_frame(self._step, error, evidence):
                    self._relay(done)
            case {"kind": "finished"}:
                self._finished = True

    def _acknowledge(self) -> None:
        try:
            os.write(self._watched.acknowledgement, b"+")
        except OSError:  # the child closed its end: it will find out
            return


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except BlockingIOError:
        return b""
