"""What the report says in words: titles of points, causes, failures of runs, and what waits for a human."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graders.criteria import COMMON_CAUSES, CRITERIA, in_order
from graders.gradebook.confirmation import REMEDY
from graders.report.records import Cause, Student

RUN_FAILURES = ("unreadable", "out_of_time", "ended", "no_evidence", "flood", "tampering")
"""Common causes that say something of the run, not of one line in the student's code."""


def waiting_for(student: Student, titles: Mapping[str, str]) -> str:
    """Say which points of a student wait for a human, and for what. titles: of the points, by name."""
    given = [titles[name] for name in student.unconfirmed]
    parts = [titles[name] for name in student.waiting if name not in student.unconfirmed]
    parts += [f"{', '.join(given)}: given by hand, to be confirmed ({REMEDY})"] if given else []
    return "; ".join(parts)


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


def _sentence(cause: str, seen: str) -> str:
    """The sentence of a cause, with what was seen; earlier versions did not note that."""
    bug = COMMON_CAUSES[cause].bug
    return f"{bug}: {seen}" if seen else bug


def run_failures(verdicts: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What went wrong with a run, as sentences: what the judge could not observe, or could not judge."""
    seen: dict[str, str] = {}
    for name in in_order(verdicts):
        seen.setdefault(str(verdicts[name].get("cause")), str(verdicts[name].get("seen") or ""))
    found = [_sentence(name, seen[name]) for name in RUN_FAILURES if name in seen]
    unjudged = [
        title_of(name) for name, verdict in verdicts.items() if verdict.get("outcome") == "not_judged"
    ]
    if unjudged:
        found.append(f"a fault of the grader: {', '.join(unjudged)} not judged")
    return tuple(found)
