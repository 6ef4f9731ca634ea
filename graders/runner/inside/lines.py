"""The keeper's end of the progress pipe: a hostile stream, cut into lines that carry the attempt's token."""

from __future__ import annotations

import json
from typing import Any

import msgspec

MAX_LINE_BYTES = 8 * 1024 * 1024
"""Four evidence texts of 300,000 characters, up to six bytes each in JSON. Longer lines are dropped."""

MAX_STREAM_BYTES = 64 * 1024 * 1024
"""Fifty times what a submission with large evidence sends. More is a flood, and ends the attempt."""


class Lines:
    """Cuts bytes into lines; whatever does not begin with the token, or is no JSON object, is dropped.

    A student's writes to the same pipe may tear a line. Every frame begins and ends with a line feed, so that
    the next one is whole again.
    """

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._rest = b""
        self._overlong = False
        self._bytes = 0

    @property
    def flooded(self) -> bool:
        """Whether more has come than any honest attempt sends."""
        return self._bytes > MAX_STREAM_BYTES

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take bytes as they come, and return the frames that they complete."""
        self._bytes += len(data)
        *lines, rest = (self._rest + data).split(b"\n")
        if self._overlong and lines:
            lines.pop(0)
            self._overlong = False
        self._overlong = self._overlong or len(rest) > MAX_LINE_BYTES
        self._rest = b"" if self._overlong else rest
        return [frame for line in lines if (frame := self._frame(line)) is not None]

    def _frame(self, line: bytes) -> dict[str, Any] | None:
        if not line.startswith(self._token) or len(line) > MAX_LINE_BYTES:
            return None
        body = line[len(self._token) :]
        try:
            frame = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            frame = _lenient(body)
        return frame if isinstance(frame, dict) else None


def _lenient(body: bytes) -> Any:
    """Parse what only Python's own parser takes, such as half of a surrogate pair. None: it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
