"""What a keeper says to the zygote, over a socket: fork a job here. And what it is told of that job.

A keeper hands over open files alone: its namespaces, the pipe that the job reads its request from, the one on
which is told how it goes, and the job's own. Told are lines: `born PID`, a number in the keeper's namespaces,
then `ended STATUS`; or `failed`, and why. So the zygote never reads what a student has written.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from . import namespaces
from .frames import Frame, send

MAX_LINE_BYTES = 1000
"""Less than a pipe takes at once, so that a line is never torn."""


class ZygoteFault(Exception):
    """The zygote has gone, or could not fork a job. The message says why."""


@dataclass(frozen=True)
class Started:
    """A job that has been forked. pid: its number. told: says how it ends; None where that is for waitpid."""

    pid: int
    told: int | None

    def status(self) -> int:
        """Wait until it has ended; return its exit status, or minus a signal. Raises ZygoteFault."""
        word, text = _line(self.told)
        if word != "ended":
            raise ZygoteFault(text or "it has gone")
        return int(text)

    def close(self) -> None:
        """Close what tells of it."""
        if self.told is not None:
            os.close(self.told)


def order(orders: socket.socket, kind: bytes, request: Frame, ends: Sequence[int] = ()) -> Started:
    """Have a job forked among the processes of this one. ends: of its pipes. Raises ZygoteFault, OSError."""
    (request_end, writable), (told, tell) = os.pipe(), os.pipe()
    ours = (*namespaces.opened(), request_end, tell)
    try:
        socket.send_fds(orders, [kind], [*ours, *ends])
    finally:
        for descriptor in ours:
            os.close(descriptor)
    try:
        with contextlib.suppress(BrokenPipeError):  # then it tells why it does not read
            send(writable, request)
    finally:
        os.close(writable)
    word, text = _line(told)
    if word != "born":
        raise ZygoteFault(text or "it has gone")
    return Started(int(text), told)


def tell(descriptor: int, word: str, text: object) -> None:
    """Tell a keeper of a job, if it is still there to be told."""
    line = f"{word} {text}".replace("\n", " ").encode()[: MAX_LINE_BYTES - 1] + b"\n"
    with contextlib.suppress(BrokenPipeError):  # it was ended, and its jobs with it
        os.write(descriptor, line)


def _line(told: int | None) -> tuple[str, str]:
    """Read a line: its first word, and the rest. Nothing, where nobody will tell anything any more."""
    line = bytearray()
    while told is not None and not line.endswith(b"\n") and (character := os.read(told, 1)):
        line += character
    word, _, text = line.decode("utf-8", "replace").rstrip("\n").partition(" ")
    return word, text
