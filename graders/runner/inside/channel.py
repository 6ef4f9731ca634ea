"""The child's end of the progress pipe: says where it is, and goes on when that has been noted."""

from __future__ import annotations

import json
import os

from .frames import Frame, write_all


class Channel:
    """Frames to the zygote, each a line of its own that begins with the attempt's token."""

    def __init__(self, progress: int, acknowledgement: int, token: bytes) -> None:
        self._progress = progress
        self._acknowledgement = acknowledgement
        self._token = token

    def begin(self, step: int) -> None:
        """Say that a step begins, and wait until the client's pipe holds that.

        So the client knows which step it was, even when the step's first act is to kill the zygote.
        """
        self._send({"kind": "begin", "step": step})
        if not os.read(self._acknowledgement, 1):
            raise ConnectionError("the zygote has gone")

    def done(self, step: int, error: Frame | None, evidence: list[str]) -> None:
        """Say that a step has ended, with its error or None, and the evidence that it published."""
        self._send({"kind": "done", "step": step, "error": error, "evidence": evidence})

    def finished(self) -> None:
        """Say that all steps have been run."""
        self._send({"kind": "finished"})

    def _send(self, frame: Frame) -> None:
        body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "backslashreplace")
        write_all(self._progress, b"\n" + self._token + body + b"\n")
