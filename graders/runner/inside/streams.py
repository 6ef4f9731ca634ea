"""`sys.stdout` and `sys.stderr` of a rich job: what is printed becomes events, in order."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable

MAX_HELD_CHARS = 1024
"""Longest unfinished line that is held back."""

Write = Callable[[str, str], None]


class OutputStream(io.TextIOBase):
    """One of the two; like a kernel's, it has no `buffer`.

    A process that was forked from this one writes to the file descriptor, and so do programs that it starts.
    """

    def __init__(self, name: str, descriptor: int, write: Write, flush: Callable[[], None]) -> None:
        super().__init__()
        self.name = name
        self._descriptor = descriptor
        self._write = write
        self._flush = flush
        self._pid = os.getpid()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What text is encoded with, where it has to be."""
        return "UTF-8"

    def fileno(self) -> int:
        """The descriptor that programs started from here write to."""
        return self._descriptor

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def write(self, text: str) -> int:
        """Write a text, and return its length."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._pid:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        elif text:
            self._write(self.name, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        """Write texts one after another."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what has been held back."""
        if os.getpid() == self._pid:
            self._flush()
