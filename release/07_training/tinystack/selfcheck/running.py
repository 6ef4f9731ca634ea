"""Runs one check: within a time limit, the student's prints held back, errors turned into findings."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from tinystack.lab.time_limit import OutOfTime, time_limit
from tinystack.selfcheck import page
from tinystack.selfcheck.display import Screen
from tinystack.selfcheck.points import POINTS
from tinystack.selfcheck.report import Finding, Result, SelfCheckFailed, execution, lines, whole_text
from tinystack.selfcheck.student import Stopped, explain

MAX_PRINTED = 400
"""Characters of the student's own output that are shown; a check trains many epochs."""

Examine = Callable[..., Finding]


class Beginning(io.TextIOBase):
    """A text stream that keeps the beginning of what is written to it, and counts the rest."""

    def __init__(self) -> None:
        self.kept = ""
        self.written = 0

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Name the encoding of a notebook's stream, which progress bars ask for."""
        return "UTF-8"

    def writable(self) -> bool:
        """Say that this stream can be written to."""
        return True

    def write(self, text: str) -> int:
        """Keep the text, as long as there is room."""
        self.kept += text[: MAX_PRINTED - len(self.kept)]
        self.written += len(text)
        return len(text)

    def summary(self) -> str:
        """Return what was kept, for the student to read; empty where nothing was written."""
        shown = self.kept.replace("\r", "\n").strip()
        if not shown:
            return ""
        rest = self.written - len(self.kept)
        more = f"\n   | ... and {rest} characters more" if rest else ""
        return "   your code printed:\n   | " + "\n   | ".join(shown.splitlines()) + more


def run(name: str, examine: Examine, *pieces: Any) -> Result:
    """Run a check on the student's pieces. What they write, on stderr too, becomes part of the result."""
    printed = Beginning()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        finding = _examine(examine, pieces)
    return Result(POINTS[name], finding, printed.summary())


def _examine(examine: Examine, pieces: tuple[Any, ...]) -> Finding:
    try:
        with np.errstate(all="ignore"), time_limit():
            return examine(*pieces)
    except Stopped as stopped:
        return stopped.finding
    except (Exception, OutOfTime, SystemExit) as error:
        return explain(error)


def conclude(name: str, examine: Examine, *pieces: Any) -> None:
    """Run a check and report it; silent while nbgrader grades. Raises SelfCheckFailed if it fails."""
    if execution() == "autograde":
        return
    with Screen(f"self-check of {POINTS[name].title}") as screen:
        result = run(name, examine, *pieces)
        screen.show(page.of_one(result), _text(result))
    if not result.passed:
        raise SelfCheckFailed(lines(result)) from None


def _text(result: Result) -> str:
    """The result as text; under validate without pictures, which nobody sees."""
    if execution() != "validate":
        return whole_text(result)
    return "\n".join([*lines(result), *filter(None, [result.printed])])
