"""The child's end of the progress pipe: says where it is, and goes on when that has been noted."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass

from .frames import Frame, write_all

BEGUN = b"+"
SYNCED = b"="
"""What the zygote answers to `begin` and `sync`."""


@dataclass(frozen=True)
class Ends:
    """The child's ends of its pipes, and the token that makes a line on them a frame.

    errors: where standard error of a rich job goes; in any other it goes where standard output does.
    """

    progress: int
    acknowledgement: int
    output: int
    errors: int
    token: bytes

    @property
    def descriptors(self) -> tuple[int, int, int, int]:
        """The ends alone, in their order."""
        return self.progress, self.acknowledgement, self.output, self.errors


class Channel:
    """Frames to the keeper, each a line of its own that begins with the attempt's token."""

    def __init__(self, progress: int, acknowledgement: int, token: bytes) -> None:
        self._progress = progress
        self._acknowledgement = acknowledgement
        self._token = token
        self._lock = threading.RLock()

    def begin(self, step: int) -> None:
        """Say that a step begins, and wait until the client's pipe holds that.

        So the client knows which step it was, even when the step's first act is to kill the zygote.
        """
        with self._lock:
            self._send({"kind": "begin", "step": step})
            self._wait_for(BEGUN)

    def done(self, step: int, error: Frame | None, evidence: list[str]) -> None:
        """Say that a step has ended, with its error or None, and the evidence that it published."""
        self._send({"kind": "done", "step": step, "error": error, "evidence": evidence})

    def output(self, event: Frame) -> None:
        """Say what the step shows, see `events`; to be called when `sync` is not needed."""
        self._send({"kind": "output", "event": event, "at": time.monotonic_ns()})

    def sync(self) -> None:
        """Wait until the zygote has read what was written to standard output and error until now."""
        with self._lock:
            self._send({"kind": "sync"})
            self._wait_for(SYNCED)

    def finished(self) -> None:
        """Say that all steps have been run."""
        self._send({"kind": "finished"})

    def _wait_for(self, answer: bytes) -> None:
        while (received := os.read(self._acknowledgement, 1)) != answer:
            if not received:
                raise ConnectionError("the zygote has gone")

    def _send(self, frame: Frame) -> None:
        body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "backslashreplace")
        with self._lock:
            write_all(self._progress, b"\n" + self._token + body + b"\n")
