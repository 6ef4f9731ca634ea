"""The child's end of the progress pipe: says where it is, and goes on when that has been noted."""

from __future__ import annotations

import json
import os
import select
import threading
from dataclasses import dataclass
from time import monotonic, monotonic_ns

from .frames import Frame, write_all

BEGUN = b"+"
SYNCED = b"="
"""What the keeper answers to `begin` and `sync`."""


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
    """Frames to the keeper, each a line of its own that begins with the attempt's token.

    patience: in seconds. After a step that took longer, the keeper may be about to interrupt it, so the next
    one begins when the keeper has noted that. So does the first one: that it began is noted before its code
    could take the frame back, which can be read here too. Other steps need not wait, where the keeper cannot
    be killed from here: it reads what was sent whatever becomes of this process.
    """

    def __init__(self, progress: int, acknowledgement: int, token: bytes, patience: float = 0.0) -> None:
        self._progress = progress
        self._acknowledgement = acknowledgement
        self._token = token
        self._patience = patience
        self._begun_at = monotonic()
        self._not_noted = 0
        self._lock = threading.RLock()

    def begin(self, step: int) -> None:
        """Say that a step begins.

        So the client knows which step it was, even when the step's first act is to kill this process.
        """
        with self._lock:
            self._send({"kind": "begin", "step": step})
            self._not_noted += 1
            long_ago = step == 0 or monotonic() - self._begun_at >= self._patience
            while long_ago and self._not_noted:
                self._hear()
            self._begun_at = monotonic()

    def done(self, step: int, error: Frame | None, evidence: list[str]) -> None:
        """Say that a step has ended, with its error or None, and the evidence that it published."""
        self._send({"kind": "done", "step": step, "error": error, "evidence": evidence})

    def output(self, event: Frame) -> None:
        """Say what the step shows, see `events`; to be called when `sync` is not needed."""
        self._send({"kind": "output", "event": event, "at": monotonic_ns()})

    def sync(self) -> None:
        """Wait until the keeper has read what was written to standard output and error until now."""
        with self._lock:
            self._send({"kind": "sync"})
            while self._hear() != SYNCED:
                pass

    def finished(self) -> None:
        """Say that all steps have been run."""
        self._send({"kind": "finished"})

    def _hear(self) -> bytes:
        """Wait for one of the keeper's answers."""
        select.select([self._acknowledgement], [], [])
        answer = os.read(self._acknowledgement, 1)
        if not answer:
            raise ConnectionError("the keeper has gone")
        if answer == BEGUN:
            self._not_noted -= 1
        return answer

    def _send(self, frame: Frame) -> None:
        body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "backslashreplace")
        with self._lock:
            write_all(self._progress, b"\n" + self._token + body + b"\n")
