"""One attempt at a job: have a child forked, relay its progress, end it in time, with all that it left."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from . import processes, usage
from .channel import BEGUN, SYNCED, Ends
from .checks import done_frame, output_frame, stream_frame
from .frames import Frame
from .lines import Lines
from .orders import Started

CHUNK_BYTES = 1 << 16
MAX_CHUNKS_AFTER_END = 2048
"""Chunks still read from a pipe once its writers are dead: more than the kernel keeps in one."""

MAX_WRITTEN_BYTES = 16 * 1024 * 1024
"""How much of what programs write to descriptors is relayed, in one attempt; the client keeps less."""

LOOK_SECONDS = 0.2
"""Between two looks at what all processes of a job use together: in this time, two can fill some 100 MB."""


class Relay(Protocol):
    """Hands frames on to the client."""

    def hold(self, frame: Frame) -> None:
        """Hand a frame on, soon."""

    def flush(self) -> None:
        """Hand on now what is held."""


Fork = Callable[[Frame, Ends], Started]
"""Has a child forked that runs a job, with these ends of its pipes."""


@dataclass(frozen=True)
class Place:
    """Where an attempt is made.

    wake: a descriptor that is readable when a child has ended. requests: readable when the client has gone.
    alone: every process here belongs to the attempt; this one is the first in a namespace.
    """

    wake: int
    requests: int
    alone: bool


@dataclass(frozen=True)
class Watched:
    """What the keeper holds of a child.

    output, errors: what is written to its standard output and error; in a job that is not rich, both come
    on `output`.
    """

    started: Started
    progress: int
    acknowledgement: int
    output: int
    errors: int


def run_attempt(fork: Fork, job: Frame, relay: Relay, place: Place) -> Frame:
    """Run one attempt and relay its progress frames. Return the frame that says how it ended."""
    token = secrets.token_hex(16).encode()
    (progress, ends_progress), (ends_ack, ack) = os.pipe(), os.pipe()
    (output, ends_output), (errors, ends_errors) = os.pipe(), os.pipe()
    ends = Ends(ends_progress, ends_ack, ends_output, ends_errors, token)
    started = fork(job, ends)
    watched = Watched(started, progress, ack, output, errors)
    try:
        return _Watch(watched, place, job, token, relay).until_the_end()
    except BaseException:  # the client has gone, or its pipe has broken
        processes.end_all(started.pid, place.alone)
        raise
    finally:
        started.close()
        # The child's ends are open until now: a pipe whose last writer has gone is always ready to be read.
        for descriptor in (progress, ack, output, errors, *ends.descriptors):
            os.close(descriptor)


class _Watch:
    """Watches one child from its fork to its end."""

    def __init__(self, watched: Watched, place: Place, job: Frame, token: bytes, relay: Relay) -> None:
        self._watched = watched
        self._place = place
        self._limits = limits = job["limits"]
        self._rich = bool(job["rich"])
        self._room = MAX_WRITTEN_BYTES
        self._relay = relay
        self._lines = Lines(token)
        self._tail = bytearray()
        self._step = -1
        self._interrupted = False
        self._finished = False
        self._status: int | None = None
        self._cpu_limit = limits["cpu_seconds"] + usage.ended_cpu_seconds()
        self._next_look = time.monotonic() + LOOK_SECONDS if place.alone else math.inf
        self._job_deadline = time.monotonic() + limits["job_seconds"]
        self._step_deadline = time.monotonic() + limits["step_seconds"]
        for descriptor in (watched.progress, watched.acknowledgement, watched.output, watched.errors):
            os.set_blocking(descriptor, False)

    def until_the_end(self) -> Frame:
        """Watch until the child ends or has to be ended; return how it ended."""
        how = None
        while how is None:
            self._wait()
            how = self._verdict()
        gone = processes.end_all(self._watched.started.pid, self._place.alone)
        self._read_the_rest()
        output = bytes(self._tail[-self._limits["output_bytes"] :]).decode("utf-8", "replace")
        ended = {"how": how, "status": self._status, "finished": self._finished}
        return {"kind": "ended", **ended, "output": output, "all_gone": gone}

    def _wait(self) -> None:
        watched, place = self._watched, self._place
        deadline = min(self._job_deadline, self._step_deadline, self._next_look)
        seconds = max(0.0, deadline - time.monotonic())
        sources = [watched.progress, watched.output, place.wake, place.requests]
        if self._rich:
            sources.append(watched.errors)
        if watched.started.told is not None:
            sources.append(watched.started.told)
        ready = select.select(sources, [], [], seconds)[0]
        if place.requests in ready:  # nothing is sent during an attempt: the client has gone
            raise SystemExit("the client has gone")
        if place.wake in ready:
            _read(place.wake)
        if watched.started.told in ready:
            self._status = watched.started.status()
        self._read_in_order()
        self._relay.flush()

    def _read_in_order(self) -> None:
        """Read what the child says, and what programs write to its descriptors, in the order of time.

        The child says something only while there is nothing to be read from the descriptors, and says when.
        So what was said before they were read comes before what they gave.
        """
        self._read_progress()
        now, written = time.monotonic_ns(), self._take_written()
        frames = self._lines.feed(_read(self._watched.progress)) if written else []
        for frame in [frame for frame in frames if _said_at(frame) < now]:
            self._note(frame)
        self._keep_written(written)
        for frame in [frame for frame in frames if _said_at(frame) >= now]:
            self._note(frame)

    def _verdict(self) -> str | None:
        if self._has_ended() or self._uses_too_much():
            return "exited"
        if self._lines.flooded:
            return "flooded"
        now = time.monotonic()
        if now >= self._job_deadline:
            return "out_of_time"
        return self._step_verdict(now) if now >= self._step_deadline else None

    def _has_ended(self) -> bool:
        """Reap what has ended, orphans of the job included; return whether its first process has."""
        for pid, status in processes.reap():
            if pid == self._watched.started.pid and self._watched.started.told is None:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None

    def _uses_too_much(self) -> bool:
        """Whether all of the job's processes together are over a limit that the kernel sets each of them."""
        now, limits = time.monotonic(), self._limits
        if not self._place.alone or now < self._next_look:
            return False
        self._next_look = now + LOOK_SECONDS
        over = usage.memory_bytes(limits["memory_bytes"]) > limits["memory_bytes"]
        if over or usage.cpu_seconds() > self._cpu_limit:
            self._status = -signal.SIGKILL
        return self._status is not None

    def _step_verdict(self, now: float) -> str | None:
        """Interrupt a step that is out of time, so that the next can follow; or say that it did not help."""
        if self._interrupted or self._step < 0:
            return "timed_out"
        self._interrupted = True
        self._step_deadline = now + self._limits["interrupt_seconds"]
        with contextlib.suppress(ProcessLookupError):  # it has just ended, which is told next
            os.kill(self._watched.started.pid, signal.SIGINT)
        return None

    def _read_output(self) -> bool:
        written = self._take_written()
        self._keep_written(written)
        return bool(written)

    def _take_written(self) -> list[tuple[str, bytes]]:
        """Read what programs wrote to descriptors, by the stream's name."""
        ends = ((self._watched.output, "stdout"), (self._watched.errors, "stderr"))
        return [(name, data) for descriptor, name in ends if (data := _read(descriptor))]

    def _keep_written(self, written: list[tuple[str, bytes]]) -> None:
        """Keep its end, and relay it in a rich job; the client cuts what is more than a step may print."""
        for name, data in written:
            self._tail += data
            if self._rich and self._room > 0:
                self._room -= len(data)
                self._relay.hold(stream_frame(name, data))
        if len(self._tail) > 4 * self._limits["output_bytes"]:
            del self._tail[: -self._limits["output_bytes"]]

    def _read_written(self) -> None:
        for _ in range(MAX_CHUNKS_AFTER_END):
            if not self._rich or not self._read_output():
                return

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
                self._interrupted = False
                self._step_deadline = time.monotonic() + self._limits["step_seconds"]
                self._relay.hold({"kind": "begin", "step": self._step})
                self._acknowledge(BEGUN)
            case {"kind": "done", "step": step, "error": error, "evidence": evidence} if step == self._step:
                self._read_written()
                if done := done_frame(self._step, error, evidence):
                    self._relay.hold({**done, "interrupted": self._interrupted})
            case {"kind": "output", "event": event} if self._rich and self._step >= 0:
                if output := output_frame(event):
                    self._relay.hold(output)
            case {"kind": "sync"}:
                self._read_written()
                self._acknowledge(SYNCED)
            case {"kind": "finished"}:
                self._finished = True

    def _acknowledge(self, answer: bytes) -> None:
        if not self._place.alone:
            self._relay.flush()  # as the child may now kill this process
        try:
            os.write(self._watched.acknowledgement, answer)
        except OSError:  # the child closed its end: it will find out
            return


def _said_at(frame: Frame) -> float:
    """When the child said what it shows, in nanoseconds; any other frame counts as later than everything."""
    at = frame.get("at")
    return at if frame.get("kind") == "output" and isinstance(at, int) else math.inf


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except BlockingIOError:
        return b""
