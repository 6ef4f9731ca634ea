"""Where workers run: processes of this machine, or those of a Dask cluster. Both take plain functions."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from graders.bundle import Bundle, Submitted
from graders.graded import GradedSubmission
from graders.nbgrader_plugins.execute import ExecuteSubmission
from graders.runner import RunnerError
from graders.runner.nursery import Nursery, offered
from graders.sandbox import SandboxError
from graders.worker import check_here, close_all, grade_here, keep, rejudge_here, start_here

PR_SET_PDEATHSIG = 1

NOTICE_SECONDS = 2.0
"""Within milliseconds the executor notices that a worker has ended, unless half of a result is waited for."""


class Pool(Protocol):
    """Takes work for one assignment. A future of a worker that is lost raises BrokenExecutor."""

    workers: int

    def check(self, nonce: str) -> Future[None]:
        """Check the reference solution; the future raises AssignmentError where it fails."""

    def grade(self, submitted: Submitted, nonce: str) -> Future[GradedSubmission]:
        """Run and judge a submission."""

    def rejudge(self, submitted: Submitted, texts: dict[str, str], nonce: str) -> Future[GradedSubmission]:
        """Judge stored evidence."""

    def call(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call any other function, such as one that makes a feedback page."""

    def restart(self) -> None:
        """Begin with new workers after one was lost; what they were working on has to be given out again."""

    def close(self) -> None:
        """End all workers at once, whatever they are doing."""


class LocalPool:
    """Worker processes on this machine; they end with this process, however it ends."""

    def __init__(self, bundle: Bundle, workers: int, *, start: bool = False) -> None:
        """Prepare for a bundle. start: let all workers get ready to run submissions at once.

        In the sandbox all their zygotes come of one nursery: the one that is offered for the assignment, or
        one of the pool's own.
        """
        self.workers = workers
        self._start = start
        self._bundle, self._digest = bundle, bundle.digest()
        self._folder = tempfile.TemporaryDirectory(prefix="graders-assignment-")
        self._unpacked = bundle.unpack(Path(self._folder.name))
        self._nursery = self._start_nursery() if start else None
        # Workers share what is imported here. Forking is safe: without workers, there is but one thread.
        self._context = multiprocessing.get_context("fork")
        self._pool = self._new()
        self._get_ready()

    def _start_nursery(self) -> Nursery | None:
        """Let one get ready for all workers: a new one, unless one is offered. None where they share none."""
        protection = ExecuteSubmission(config=self._bundle.config).protection()
        if not protection.sandboxed:
            return None
        if (there := offered(self._unpacked, protection)) is not None:
            there.preload(self._bundle.preload)
            return None
        with suppress(RunnerError, SandboxError):  # which each worker's own one will raise
            nursery = Nursery(self._unpacked, protection)
            nursery.preload(self._bundle.preload)
            nursery.offer()
            return nursery
        return None

    def _new(self) -> ProcessPoolExecutor:
        gc.freeze()  # what is shared by a fork stays shared, and no worker looks through it for garbage
        pool = ProcessPoolExecutor(
            self.workers, self._context, initializer=_begin, initargs=(self._bundle, self._unpacked)
        )
        self._is_watched = False
        return pool

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        if self._is_watched:
            return self._pool.submit(function, *arguments)
        with _interrupts_held_back():  # the first call forks the workers
            future = self._pool.submit(function, *arguments)
            self._is_watched = True
            threading.Thread(target=_end_if_stuck, args=(self._pool,), daemon=True).start()
        return future

    def _get_ready(self) -> None:
        for _ in range(self.workers if self._start else 0):
            self._submit(start_here, self._digest)  # an error comes again with the first task

    def check(self, nonce: str) -> Future[None]:
        """Check the reference solution."""
        return self._submit(check_here, self._digest, nonce)

    def grade(self, submitted: Submitted, nonce: str) -> Future[GradedSubmission]:
        """Run and judge a submission."""
        return self._submit(grade_here, self._digest, submitted, nonce)

    def rejudge(self, submitted: Submitted, texts: dict[str, str], nonce: str) -> Future[GradedSubmission]:
        """Judge stored evidence."""
        return self._submit(rejudge_here, self._digest, submitted, texts, nonce)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call any other function."""
        return self._submit(function, *arguments)

    def restart(self) -> None:
        """Begin with new workers."""
        self._end()
        self._pool = self._new()
        self._get_ready()

    def close(self) -> None:
        """End all workers, and remove what they worked with."""
        self._end()
        if self._nursery is not None:
            self._nursery.close()
        self._folder.cleanup()

    def _end(self) -> None:
        _end_workers(self._pool)
        self._pool.shutdown(wait=True, cancel_futures=True)


def _end_workers(pool: ProcessPoolExecutor) -> None:
    """End all workers, and the waiting for what one of them has sent in part."""
    for process in list((pool._processes or {}).values()):
        process.terminate()
    if pool._result_queue is not None:
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # nobody is left who could send the rest


def _end_if_stuck(pool: ProcessPoolExecutor) -> None:
    """Wait until a worker ends; where the executor does not notice, end the others, so that it does.

    It does not where a worker was killed in the middle of a result: another one could still send the rest.
    """
    wait([process.sentinel for process in list((pool._processes or {}).values())])
    deadline = time.monotonic() + NOTICE_SECONDS
    while time.monotonic() < deadline:
        if pool._broken or pool._shutdown_thread:
            return
        time.sleep(NOTICE_SECONDS / 20)
    _end_workers(pool)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block: what Python runs after a fork would swallow it."""
    if threading.current_thread() is not threading.main_thread():  # no other one is interrupted
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held:
        signal.raise_signal(signal.SIGINT)


def _begin(bundle: Bundle, unpacked: Path) -> None:
    """Prepare a worker process: it ends with the coordinator, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_now)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    tempfile.tempdir = str(unpacked.parent)  # what a worker that is ended cannot remove, the pool does
    keep(bundle, unpacked)


def _end_now(number: int, frame: FrameType | None) -> None:
    """End this worker in the middle of whatever it does, with the processes of students' code."""
    close_all()
    os._exit(1)
