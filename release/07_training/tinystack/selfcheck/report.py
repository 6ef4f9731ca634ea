"""Findings, and how they are written: one line that says it, and indented lines that explain it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tinystack.selfcheck.pictures import Picture
from tinystack.selfcheck.points import Point

DETAILS_ABOVE = "   (details above)"


@dataclass(frozen=True)
class Finding:
    """What a check found. bug: the likely cause, or None where the check passed.

    after: names of the points that are to be mended first, if they fail as well.
    """

    saw: str
    bug: str | None = None
    expected: str = ""
    look: str = ""
    pictures: tuple[Picture, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A finding about a point, and what the student's code printed meanwhile.

    unchecked: what was not looked at, though it belongs to the point; empty if nothing.
    """

    point: Point
    finding: Finding
    printed: str = ""
    unchecked: str = ""

    @property
    def passed(self) -> bool:
        """Whether the check passed."""
        return self.finding.bug is None


class SelfCheckFailed(AssertionError):
    """A self-check failed. The message says what was seen, what was expected, and where to look."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows in place of a traceback: its first line, or all under validate.

        There nothing but the traceback is shown to the student; elsewhere the details stand right above it.
        """
        return self.lines if execution() == "validate" else [self.lines[0], DETAILS_ABOVE]


def execution() -> str:
    """Say how nbgrader runs the notebook: autograde, validate, or the empty string where it does not."""
    return os.environ.get("NBGRADER_EXECUTION", "")


def first_line(result: Result) -> str:
    """Return the line that says it all."""
    point, bug = result.point, result.finding.bug
    if bug is not None:
        return f"❌ {point.title} → BUG: {bug}"
    unchecked = f" by the trainer ({result.unchecked})" if result.unchecked else ""
    return f"✅ {point.title} {point.success}{unchecked}"


def details(result: Result) -> list[tuple[str, str]]:
    """Return what explains the first line, as pairs of label and text."""
    finding = result.finding
    named = [("saw", finding.saw), ("expected", finding.expected), ("look", finding.look)]
    return [(label, text) for label, text in named if text]


def beyond(result: Result) -> str:
    """Say what this check did not look at."""
    return f"the hidden tests also look at {result.point.beyond}"


def lines(result: Result) -> list[str]:
    """Return the whole message, line by line."""
    explained = [f"   {label + ':':<10}{text}" for label, text in details(result)]
    return [first_line(result), *explained, f"   {beyond(result)}"]


def whole_text(result: Result) -> str:
    """Return the whole message with its pictures as text, and what the student's code printed."""
    pictures = [picture.text() for picture in result.finding.pictures]
    return "\n".join([*lines(result), *filter(None, [result.printed]), *pictures])
