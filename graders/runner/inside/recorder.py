"""Turns what a step shows into events, within limits, and sends them as they come."""

from __future__ import annotations

import fcntl
import json
import termios
import threading
from base64 import b64encode
from collections.abc import Mapping
from datetime import date, datetime
from numbers import Integral, Real
from typing import Any

from .channel import Channel
from .errors import clean
from .events import (
    MAX_DISPLAY_BYTES,
    MAX_JSON_CHARS,
    MAX_METADATA_CHARS,
    MAX_NAME_CHARS,
    MAX_TRACEBACK_CHARS,
    MAX_TRACEBACK_PARTS,
    MAX_TYPES,
)
from .frames import Frame
from .streams import MAX_HELD_CHARS

FRAMES_CUT = "\n[Frames of this traceback were left out here.]\n"


class Recorder:
    """What the steps of a rich job show. stream_chars: how much one step may print.

    Lines are sent as soon as they are complete, so that they are not lost with the process. Threads may
    use it.
    """

    def __init__(self, channel: Channel, stream_chars: int) -> None:
        self._channel = channel
        self._stream_chars = stream_chars
        self._room = stream_chars
        self._display_room = MAX_DISPLAY_BYTES
        self._held: list[str] = []
        self._held_name = "stdout"
        self._held_chars = 0
        self._lock = threading.RLock()

    def begin_step(self) -> None:
        """A step begins: it may print as much as any other."""
        with self._lock:
            self._held.clear()
            self._held_chars = 0
            self._room = self._stream_chars

    def write(self, name: str, text: str) -> None:
        """Print a text on a stream."""
        with self._lock:
            if self._room < 0:
                return
            if name != self._held_name:
                self.flush()
                self._held_name = name
            self._held.append(text[: self._room + 1])
            self._held_chars += len(self._held[-1])
            if "\n" in text or self._held_chars > MAX_HELD_CHARS:
                self.flush()

    def flush(self) -> None:
        """Send what has been held back. One character too many tells that there was more."""
        with self._lock:
            text, self._held = "".join(self._held), []
            self._held_chars = 0
            if text and self._room >= 0:
                text = text[: self._room + 1]
                self._room -= len(text)
                self._send({"type": "stream", "name": self._held_name, "text": text})

    def display(
        self, data: Any, metadata: Any, display_id: Any = None, update: bool = False, result: bool = False
    ) -> None:
        """Show a value in its representations by MIME type. result: it is the value of a cell."""
        with self._lock:
            self.flush()
            event = _bundle(data, metadata)
            size = sum(
                len(text) for part in ("data", "values") for text in (event or {part: {}})[part].values()
            )
            if event is None or size > self._display_room:
                self._send({"type": "left_out"})
                return
            self._display_room -= size
            if result:
                self._send({"type": "result", **event})
            else:
                known = clean(str(display_id), MAX_NAME_CHARS) if display_id else None
                self._send({"type": "display", **event, "display_id": known, "update": bool(update)})

    def error(self, name: str, message: str, parts: list[str]) -> None:
        """Show a traceback."""
        with self._lock:
            self.flush()
            texts = {"ename": clean(name, MAX_NAME_CHARS), "evalue": clean(message, MAX_TRACEBACK_CHARS // 2)}
            self._send({"type": "error", **texts, "traceback": _shortened(parts)})

    def clear(self, wait: bool) -> None:
        """Clear the step's outputs: now, or when the next one comes."""
        with self._lock:
            self.flush()
            self._room = self._stream_chars
            self._send({"type": "clear", "wait": bool(wait)})

    def _send(self, event: Frame) -> None:
        if _waiting(1) or _waiting(2):  # what programs have written comes before this
            self._channel.sync()
        self._channel.output(event)


def _waiting(descriptor: int) -> bool:
    """Whether the keeper has not yet read all that was written to a pipe."""
    try:
        return fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)) != bytes(4)
    except OSError:  # it was closed, or is no pipe any more
        return False


def _bundle(data: Any, metadata: Any) -> Frame | None:
    """A display as an event's fields; None where it is larger than allowed, or no JSON."""
    texts, values = {}, {}
    try:
        if len(data) > MAX_TYPES:
            return None
        for key, value in data.items():
            if isinstance(value, bytes):
                value = b64encode(value).decode()
            if isinstance(value, str):
                texts[str(key)] = value
            else:
                values[str(key)] = _dumps(value)
                if len(values[str(key)]) > MAX_JSON_CHARS:
                    return None
        described = _dumps(metadata if isinstance(metadata, Mapping) else {})
    except (TypeError, ValueError, RecursionError):
        return None
    if len(described) > MAX_METADATA_CHARS:
        return None
    return {"data": texts, "values": values, "metadata": described}


def _dumps(value: Any) -> str:
    return json.dumps(value, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    """What Jupyter makes of a value that JSON does not know."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    return list(value)


def _shortened(parts: list[str]) -> list[str]:
    """A traceback within its limits: where it is too long, its middle is left out."""
    texts = [str(part) for part in parts]
    half = MAX_TRACEBACK_CHARS // 2 - len(FRAMES_CUT)
    if len(texts) <= MAX_TRACEBACK_PARTS and sum(map(len, texts)) <= MAX_TRACEBACK_CHARS:
        return texts
    whole = "\n".join(texts)
    return [whole[:half], FRAMES_CUT, whole[-half:]]
