"""The points on top of the page: outcome in words, cause, and which failure explains which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graders.assignment import METADATA
from graders.criteria import COMMON_CAUSES, in_order
from graders.feedback.grades import Grades, number
from graders.messages import SIGNS
from graders.verdict import Outcome

WORDS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.NOT_JUDGED: "not judged yet: your instructor looks at it",
}
PARTLY = "partly passed"


@dataclass(frozen=True)
class Row:
    """One point. explained_by: the name of the point whose failure brings this one about.

    seen: what was seen, where a run did not come to numbers: the error and its place, or what ended a cell.
    """

    name: str
    title: str
    outcome: Outcome
    word: str
    points: str
    cause: str = ""
    seen: str = ""
    look: str = ""
    explained_by: str = ""
    by_hand: bool = False

    @property
    def sign(self) -> str:
        """The letter that stands for the outcome, beside its word."""
        return SIGNS[self.outcome]


@dataclass(frozen=True)
class Root:
    """A failure that no other explains, and the points that fail with it."""

    row: Row
    brings_about: tuple[Row, ...]


@dataclass(frozen=True)
class Summary:
    """Rows in the order of the contract; roots, which are to be mended first; notes on the notebook.

    unreadable: the student's file could not be read, so that there is no notebook of the student's.
    """

    rows: tuple[Row, ...]
    roots: tuple[Root, ...]
    notes: tuple[str, ...]
    unreadable: bool = False

    @property
    def passed(self) -> int:
        """How many points passed in full."""
        return sum(row.outcome is Outcome.PASSED for row in self.rows)


def summarize(metadata: Mapping[str, Any], grades: Grades) -> Summary:
    """Sum up a notebook from what the judge noted in its metadata; empty where it was not judged."""
    notes = metadata.get(METADATA)
    notes = notes if isinstance(notes, Mapping) else {}
    verdicts = notes.get("verdicts")
    verdicts = verdicts if isinstance(verdicts, Mapping) else {}
    rows = {
        name: _row(name, verdicts[name], grades) for name in in_order(verdicts) if _is_whole(verdicts[name])
    }
    roots = [row for row in rows.values() if row.outcome is Outcome.FAILED and row.explained_by not in rows]
    problem = [str(notes["problem"])] if notes.get("problem") else []
    return Summary(
        tuple(rows.values()),
        tuple(Root(root, _brought_about(root, rows)) for root in roots),
        (*problem, *_texts(notes.get("repairs"))),
        is_unreadable(metadata),
    )


def is_unreadable(metadata: Mapping[str, Any]) -> bool:
    """Whether the instructor's notebook stands in for a file that could not be read."""
    notes = metadata.get(METADATA)
    return isinstance(notes, Mapping) and bool(notes.get("problem"))


def _texts(values: Any) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list | tuple) else []


def _is_whole(verdict: Any) -> bool:
    """Whether a record is one of the judge's; in a notebook that was not judged anything may stand there."""
    return (
        isinstance(verdict, Mapping)
        and verdict.get("outcome") in tuple(Outcome)
        and all(isinstance(verdict.get(name), int | float) for name in ("score", "max"))
    )


def _row(name: str, verdict: Mapping[str, Any], grades: Grades) -> Row:
    outcome = Outcome(verdict["outcome"])
    judged, most = float(verdict["score"]), float(verdict["max"])
    grade = grades.of(name)
    score = judged if grade.score is None else grade.score
    partly = outcome is Outcome.FAILED and judged > 0
    by_hand = abs(score - judged) > 1e-9 or (outcome is Outcome.NOT_JUDGED and score > 0)
    return Row(
        name=name,
        title=str(verdict.get("title") or name),
        outcome=outcome,
        word=PARTLY if partly else WORDS[outcome],
        points=f"{number(score)} / {number(most)}",
        cause=str(verdict.get("likely_cause") or "") if outcome is Outcome.FAILED else "",
        seen=str(verdict.get("seen") or "") if verdict.get("cause") in COMMON_CAUSES else "",
        look=str(verdict.get("where_to_look") or ""),
        explained_by=str(verdict.get("explained_by") or ""),
        by_hand=by_hand,
    )


def _brought_about(root: Row, rows: Mapping[str, Row]) -> tuple[Row, ...]:
    """Return the points that a failure explains, directly or by way of others."""
    found = {root.name}
    for _ in rows:
        found |= {row.name for row in rows.values() if row.explained_by in found}
    return tuple(row for row in rows.values() if row.name in found and row is not root)
