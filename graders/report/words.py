"""Titles of points and sentences of causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graders.criteria import COMMON_CAUSES, CRITERIA
from graders.report.records import Cause

RUN_FAILURES = ("unreadable", "out_of_time", "no_evidence", "flood", "tampering")
"""Common causes that say something of the run, not of one line in the student's code."""


def title_of(name: str, verdict: Mapping[str, Any] | None = None) -> str:
    """The title of a point; where nobody has given it one, its name in words."""
    if verdict and verdict.get("title"):
        return str(verdict["title"])
    known = CRITERIA.get(name)
    return known.title if known else name.replace("_", " ")


def cause_of(point: str, verdict: Mapping[str, Any]) -> Cause:
    """The root cause that a failed verdict names."""
    name = str(verdict["cause"])
    if name in COMMON_CAUSES:
        return Cause(None, name, COMMON_CAUSES[name].bug)
    known = CRITERIA.get(point)
    if known and name in known.causes:
        return Cause(point, name, known.causes[name].bug)
    if verdict.get("likely_cause"):
        return Cause(point, name, str(verdict["likely_cause"]))
    return Cause(point, name, name.replace("_", " "))


def run_failures(verdicts: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What went wrong with a run, as sentences: what the judge could not observe, or could not judge."""
    names = {str(verdict.get("cause")) for verdict in verdicts.values()}
    found = [COMMON_CAUSES[name].bug for name in RUN_FAILURES if name in names]
    unjudged = [
        title_of(name) for name, verdict in verdicts.items() if verdict.get("outcome") == "not_judged"
    ]
    if unjudged:
        found.append(f"a fault of the grader: {', '.join(unjudged)} not judged")
    return tuple(found)
