"""The keeper: it reads the requests of a client, has a job forked for each, and watches that to its end.

So no job leaves anything in the memory that the next one's process is a copy of. In the sandbox it is the
first process among those of jobs: they cannot signal it, look into it or outlive it, and are gone when the
next job begins. Forked before anything is imported, it is small.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable
from types import FrameType

from . import namespaces, processes
from .attempt import Fork, Place, run_attempt
from .channel import Ends
from .folders import remove
from .frames import Frame, encode, receive, send, write_all
from .kinds import ATTEMPT, PREPARE, REHEARSE
from .orders import Started, ZygoteFault, order
from .precompiled import keep_all

REHEARSAL_BYTES = 1 << 20

ForkJob = Callable[[Frame, Ends, str], int]
"""Forks a job that works in a folder; returns its number."""


class Client:
    """The channel to the client: requests are read from the one descriptor, replies written to the other."""

    def __init__(self, requests: int, replies: int) -> None:
        self.requests = requests
        self._replies = replies
        self._held = bytearray()

    def hold(self, frame: Frame) -> None:
        """Send a frame with the next ones, or when told to `flush`."""
        self._held += encode(frame)

    def flush(self) -> None:
        """Send the frames that are held."""
        if self._held:
            write_all(self._replies, self._held)
            self._held.clear()

    def reply(self, frame: Frame) -> None:
        """Send a frame, after those that are held."""
        self.hold(frame)
        self.flush()


def keep_sandboxed(client: Client, orders: socket.socket, user: int, group: int) -> int:
    """Be the keeper of a sandbox. orders: the socket to the zygote. user, group: who that is.

    Return the exit status: 1 if it could not begin.
    """
    try:
        namespaces.enter(user, group)
        _rehearse(orders)
    except (OSError, ValueError, KeyError, ZygoteFault) as error:
        client.reply({"kind": "failed", "message": str(error), "sandbox": True})
        return 1
    client.reply({"kind": "ready"})
    place = Place(_wake_on_child_end(), client.requests, alone=True)
    while kind := os.read(client.requests, 1):
        if (request := receive(client.requests)) is None:
            return 1
        if kind == PREPARE:
            write_all(orders.fileno(), PREPARE)
            send(orders.fileno(), request)
        else:
            client.reply(run_attempt(_ordering(orders), request, client, place))
    return 0


def _rehearse(orders: socket.socket) -> None:
    """Have the zygote do without a job what it does for one."""
    started = order(orders, REHEARSE, {"scratch_bytes": REHEARSAL_BYTES})
    if status := started.status():
        raise ZygoteFault(f"the first process of a job ended with status {status}")
    started.close()


def _ordering(orders: socket.socket) -> Fork:
    def fork(job: Frame, ends: Ends) -> Started:
        request = {"job": job, "scratch_bytes": job["limits"]["scratch_bytes"], "token": ends.token.decode()}
        return order(orders, ATTEMPT, request, ends.descriptors)

    return fork


def keep_unprotected(client: Client, fork_job: ForkJob) -> int:
    """Fork a keeper for each request, where jobs have all rights of this account. Return the exit status."""
    client.reply({"kind": "ready"})
    while kind := os.read(client.requests, 1):
        if kind == PREPARE:
            keep_all(receive(client.requests))
            continue
        pid = os.fork()
        if pid == 0:
            processes.live(lambda: _keep_one(client, fork_job))
        if os.waitpid(pid, 0)[1]:
            return 1
    return 0


def _keep_one(client: Client, fork_job: ForkJob) -> int:
    if (job := receive(client.requests)) is None:
        return 1
    client.reply(_attempt_unprotected(client, job, fork_job))
    return 0


def _attempt_unprotected(client: Client, job: Frame, fork_job: ForkJob) -> Frame:
    processes.adopt_orphans()
    scratch = tempfile.mkdtemp(prefix="attempt-")

    def fork(job: Frame, ends: Ends) -> Started:
        return Started(fork_job(job, ends, scratch), None)

    try:
        return run_attempt(fork, job, client, Place(_wake_on_child_end(), client.requests, alone=False))
    finally:
        remove(scratch)


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
