"""Frames to and from the sandbox: four bytes of length, big-endian, then as many of JSON. Never pickle."""

from __future__ import annotations

import json
import os
import select
from typing import Any

import msgspec

Frame = dict[str, Any]

HEADER_BYTES = 4

MAX_FRAME_BYTES = 32 * 1024 * 1024
"""A whole notebook is one frame. Replies are smaller: four evidence texts of 300,000 characters at most."""


def encode(frame: Frame) -> bytes:
    """Return a frame as bytes. Raises ValueError if it is larger than a frame may be."""
    try:
        body = msgspec.json.encode(frame)
    except (UnicodeEncodeError, TypeError):  # half of a surrogate pair
        body = json.dumps(frame, ensure_ascii=False).encode("utf-8", "backslashreplace")
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {len(body)} bytes, and {MAX_FRAME_BYTES} are allowed")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


def write_all(descriptor: int, data: bytes | bytearray) -> None:
    """Write all of `data`, however many writes it takes, and whether or not the descriptor would wait itself.

    Raises OSError if nobody reads any more.
    """
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def send(descriptor: int, frame: Frame) -> None:
    """Write one frame."""
    write_all(descriptor, encode(frame))


def receive(descriptor: int) -> Frame | None:
    """Wait for one frame and return it; None once the other side has gone."""
    header = _read_exactly(descriptor, HEADER_BYTES)
    body = _read_exactly(descriptor, int.from_bytes(header, "big")) if header else b""
    return _parsed(body) if body else None


def _parsed(body: bytes) -> Frame:
    try:
        frame: Frame = msgspec.json.decode(body)
    except msgspec.DecodeError:
        frame = json.loads(body)
    return frame


def _read_exactly(descriptor: int, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = os.read(descriptor, min(count - len(data), 1 << 20))
        if not chunk:
            return b""
        data += chunk
    return bytes(data)
