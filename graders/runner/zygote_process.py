"""A zygote as the trusted side sees it: spoken to in frames, and gone when its channel is closed."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from graders.runner.inside.frames import HEADER_BYTES, MAX_FRAME_BYTES, encode
from graders.runner.inside.kinds import ATTEMPT, PREPARE
from graders.runner.inside.precompiled import MAX_EXPERIMENTS, reference
from graders.runner.nursery import Nursery, offered
from graders.runner.protocol import Failed, Ready, Reply, parse
from graders.runner.records import RunnerError
from graders.sandbox import SANDBOXED, Protection, SandboxError, machine

START_SECONDS = 60.0
"""Start-up takes half a second; a cold disk and matplotlib's first list of fonts take several."""

END_SECONDS = 6.0
"""A zygote whose channel is closed ends within milliseconds; what resists is killed for five seconds."""

READ_BYTES = 1 << 16


class ZygoteLost(Exception):
    """The zygote has ended, or no longer answers as it should. The message says which."""


class ZygoteProcess:
    """A zygote of the nursery that is offered for an assignment, or else of one of its own.

    Raises:
        RunnerError: it cannot start.
        SandboxError: this machine does not give the protection that is asked for.
    """

    def __init__(
        self, assignment: Path, preload: Sequence[str] = (), protection: Protection = SANDBOXED
    ) -> None:
        self._prepared: dict[str, None] = {}
        self._own: Nursery | None = None
        if (shared := offered(assignment, protection)) is not None:
            with contextlib.suppress(ZygoteLost):  # the nursery has ended meanwhile: there is another way
                return self._begin(shared, assignment)
        self._own = Nursery(assignment, protection)
        self._own.preload(preload)
        try:
            self._begin(self._own, assignment)
        except ZygoteLost as lost:
            raise self._never_begun(self._own, lost) from None
        except BaseException:
            self._own.kill()
            raise

    def _begin(self, nursery: Nursery, assignment: Path) -> None:
        """Get a zygote of a nursery."""
        self._received = bytearray()
        self._channel = nursery.channel()
        self._channel.setblocking(False)
        try:
            reply = self.receive(time.monotonic() + START_SECONDS)
            if isinstance(reply, Failed) and reply.sandbox:
                raise SandboxError(machine.explain(reply.message, machine.missing()))
            if isinstance(reply, Failed):
                raise RunnerError(
                    f"tinystack cannot be imported from the assignment folder {assignment}: {reply.message}. "
                    f"{assignment / 'tinystack'} must be what came with the assignment: copy it from there "
                    "again."
                )
            if not isinstance(reply, Ready):
                raise RunnerError(f"the runner's process began with {type(reply).__name__} instead of READY")
        except BaseException:
            self._channel.close()
            raise

    def _never_begun(self, nursery: Nursery, lost: ZygoteLost) -> RunnerError | SandboxError:
        """End a nursery that gave no zygote; return the error that says why, as far as it said so itself."""
        wrote = nursery.last_words()
        nursery.kill()
        if nursery.protection.sandboxed and wrote.startswith("bwrap:"):
            return SandboxError(machine.explain(wrote.strip(), machine.missing()))
        return RunnerError(f"the runner's process did not start: {lost}. It wrote:\n{wrote}")

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
        data = memoryview(message)
        while data:
            if not select.select([], [self._channel], [], max(0.0, deadline - time.monotonic()))[1]:
                raise ZygoteLost("it takes no requests")
            try:
                data = data[self._channel.send(data) :]
            except BlockingIOError:
                continue
            except ConnectionError:
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
        while len(data) < count:
            if not select.select([self._channel], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise ZygoteLost("it does not answer")
            data += self._take()
        taken = bytes(data[:count])
        del data[:count]
        return taken

    def _take(self) -> bytes:
        """Take what has come."""
        try:
            chunk = self._channel.recv(READ_BYTES)
        except BlockingIOError:
            return b""
        except ConnectionError:
            raise ZygoteLost("it has ended") from None
        if not chunk:
            raise ZygoteLost("it has ended")
        return chunk

    def alive(self) -> bool:
        """Whether the other end of its channel is still held."""
        if self._channel.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self._channel, select.POLLHUP)
        return not poll.poll(0)

    def close(self) -> None:
        """Let it end by itself, and wait for that, as well as for a job that it is in the middle of."""
        self._wait_for_end()
        if self._own is not None:
            self._own.close()

    def kill(self) -> None:
        """End it with all that it has started; one of a shared nursery ends as its channel does."""
        if self._own is not None:
            self._own.kill()
        self._wait_for_end()

    def _wait_for_end(self) -> None:
        """Close the channel, and wait until nobody holds the other end: neither zygote nor keeper."""
        if self._channel.fileno() < 0:
            return
        deadline = time.monotonic() + END_SECONDS
        with contextlib.suppress(ZygoteLost, OSError):
            self._channel.shutdown(socket.SHUT_WR)
            while select.select([self._channel], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self._take()
        self._channel.close()

    def __enter__(self) -> ZygoteProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
