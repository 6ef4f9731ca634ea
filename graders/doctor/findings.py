"""Findings: what was looked at, how it is, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: a problem keeps something from working, a warning may."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    area: what it belongs to, such as `database`. what: a sentence with what was found. remedy: how to mend
    it; empty where nothing is to be mended.
    """

    level: Level
    area: str
    what: str
    remedy: str = ""


def ok(area: str, what: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Level.OK, area, what)


def warning(area: str, what: str, remedy: str) -> Finding:
    """Something that may become a problem, or is one for some uses only."""
    return Finding(Level.WARNING, area, what, remedy)


def problem(area: str, what: str, remedy: str) -> Finding:
    """Something that keeps grading from working, or grades from being safe."""
    return Finding(Level.PROBLEM, area, what, remedy)
