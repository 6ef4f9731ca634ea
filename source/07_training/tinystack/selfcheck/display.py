"""Shows results: as a piece of a page in a notebook, as text anywhere else; and progress meanwhile."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

from tinystack.selfcheck import page
from tinystack.selfcheck.report import execution

PATIENCE = 1.0
"""Seconds until progress is shown, and between two words of it."""


class Screen:
    """Where one call's result is shown. Use as a context manager around the work.

    Work that takes long is reported meanwhile; in a notebook the result then takes the place of that report.
    Under `nbgrader validate` there is only text: nobody sees anything else.
    """

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self._inline = execution() != "validate" and _in_notebook()
        self._stream = sys.stdout
        self._started = time.monotonic()
        self._over = threading.Event()
        self._handle: Any = None
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Screen:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def is_text(self) -> bool:
        """Whether text is all that can be shown."""
        return not self._inline

    def show(self, html: str, text: str) -> None:
        """Show the result, in place of any word about progress."""
        self._end()
        if not self._inline:
            print(text, flush=True)
            return
        self._publish({"text/html": html, "text/plain": text})

    def say(self, text: str) -> None:
        """Write a line at once, where there is only text; a notebook shows it with the result."""
        if not self._inline:
            print(text, file=self._stream, flush=True)

    def _end(self) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(PATIENCE):
            text = self._word()
            if self._inline:
                self._publish({"text/html": page.of_progress(text), "text/plain": text})
            else:
                print(f"... {text}", file=self._stream, flush=True)

    def _word(self) -> str:
        return f"{self.doing} ({time.monotonic() - self._started:.0f} s)"

    def _publish(self, data: dict[str, str]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data, raw=True)


def _in_notebook() -> bool:
    """Whether this runs in an IPython that can show more than text: any but the one in a terminal."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and "terminal" not in type(shell).__module__.lower()
