"""One process for each run: so many at a time, each with a time limit and a folder of its own."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]

STDIN = 0


@dataclass
class Child:
    """Inside a forked process: the run that it is there for, and the way to say what happens."""

    run: Event
    pipe: int

    def say(self, event: Event) -> None:
        """Write one event, a line of JSON."""
        data = json.dumps(event).encode() + b"\n"
        while data:
            data = data[os.write(self.pipe, data) :]


@dataclass
class _Running:
    run: Event
    pid: int
    folder: str
    begun: float
    received: bytearray = field(default_factory=bytearray)
    timed_out: bool = False


class Forks:
    """Forks for every run.

    runs: each with at least a `name`. at_once: how many may be running. timeout: seconds for each. emit: is
    given a record of each run that has ended.
    """

    def __init__(
        self, runs: list[Event], at_once: int, timeout: float, emit: Callable[[Event], None]
    ) -> None:
        self._waiting = list(reversed(runs))
        self._at_once = at_once
        self._timeout = timeout
        self._emit = emit
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, _Running] = {}

    def split(self) -> Child | None:
        """Fork for each run. Returns in every child, and None in the parent when all children have ended.

        If whoever asked for the runs goes away (stdin ends), everything is ended.
        """
        self._selector.register(STDIN, selectors.EVENT_READ)
        gc.collect()
        gc.freeze()  # a child that collects garbage would otherwise copy every page of what is shared
        while self._waiting or self._running:
            while self._waiting and len(self._running) < self._at_once:
                child = self._fork(self._waiting.pop())
                if child is not None:
                    return child
            self._wait()
        return None

    def _fork(self, run: Event) -> Child | None:
        ours, theirs = os.pipe()
        folder = tempfile.mkdtemp(prefix="suite-")
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            self._selector.close()
            _settle(folder)
            return Child(run, theirs)
        os.close(theirs)
        self._selector.register(ours, selectors.EVENT_READ)
        self._running[ours] = _Running(run, pid, folder, time.monotonic())
        return None

    def _wait(self) -> None:
        now = time.monotonic()
        left = min(running.begun + self._timeout - now for running in self._running.values())
        for key, _ in self._selector.select(max(left, 0.0)):
            if key.fd not in self._running:
                self._stop_if_abandoned(key.fd)
            elif data := os.read(key.fd, 1 << 16):
                self._running[key.fd].received += data
            else:
                self._finish(key.fd)
        for pipe, running in list(self._running.items()):
            if time.monotonic() - running.begun > self._timeout:
                running.timed_out = True
                self._finish(pipe)

    def _finish(self, pipe: int) -> None:
        """End a process group, of which nothing more is expected, and pass on what it said."""
        running = self._running.pop(pipe)
        self._selector.unregister(pipe)
        os.close(pipe)
        if running.timed_out:
            _kill(running.pid)
        _, status = os.waitpid(running.pid, 0)
        _kill_group(running.pid)  # what the suite or the trainer started and left behind
        shutil.rmtree(running.folder, ignore_errors=True)
        record = {
            "name": running.run["name"],
            "events": [json.loads(line) for line in _whole_lines(running.received)],
            "timed_out": running.timed_out,
            "status": os.waitstatus_to_exitcode(status),
            "seconds": time.monotonic() - running.begun,
        }
        try:
            self._emit(record)
        except BrokenPipeError:
            self._abandon()

    def _stop_if_abandoned(self, stdin: int) -> None:
        if not os.read(stdin, 1 << 16):
            self._abandon()

    def _abandon(self) -> None:
        """Nobody waits for the results any more: end everything that is running, and this process."""
        for running in self._running.values():
            _kill(running.pid)
            os.waitpid(running.pid, 0)
            shutil.rmtree(running.folder, ignore_errors=True)
        os._exit(1)


def _settle(folder: str) -> None:
    """Give this process a group, a working folder and a temporary folder of its own, and no input."""
    os.setsid()
    os.chdir(folder)
    temporary = os.path.join(folder, ".tmp")
    os.mkdir(temporary)
    os.environ["TMPDIR"] = tempfile.tempdir = temporary
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _kill(pid: int) -> None:
    """Kill a child that has not been waited for, with its group, which it may not have made yet."""
    os.kill(pid, signal.SIGKILL)
    _kill_group(pid)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _whole_lines(received: bytearray) -> list[bytes]:
    return bytes(received).split(b"\n")[:-1]
