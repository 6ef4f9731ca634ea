"""The words of a verdict, always in one order.

What was seen, what was expected, the likely cause, where to look, and the remedy of a known bug.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

from graders.verdict import Outcome, Verdict

MARKS = {Outcome.PASSED: "✅", Outcome.FAILED: "❌", Outcome.NOT_JUDGED: "⚠️"}
"""In terminals and plain text."""

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_JUDGED: "?"}
"""In pages: letters of ordinary fonts, which are there where no emoji are. A word always stands beside."""

FOLLOWS = "Mend that first; this point may then pass as it is."


def headline(verdict: Verdict, marks: Mapping[Outcome, str] = MARKS) -> str:
    """One line: mark, point, score, and the bug if there is one."""
    text = f"{marks[verdict.outcome]} {verdict.title}: {verdict.score:g} of {verdict.max_score:g} points"
    if verdict.outcome is Outcome.FAILED:
        return f"{text} → BUG: {verdict.likely_cause}"
    if verdict.outcome is Outcome.NOT_JUDGED:
        return f"{text}: not judged, your instructor has been told"
    return text


def details(verdict: Verdict, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """What follows the headline, as pairs of label and text.

    titles: by criterion, to name the one that explains.
    """
    if verdict.outcome is Outcome.PASSED:
        return []
    lines = [
        ("Seen", verdict.seen),
        ("Expected", verdict.expected),
        ("Likely cause", verdict.likely_cause),
        ("Where to look", verdict.where_to_look),
        ("Remedy", verdict.remedy),
    ]
    if verdict.explained_by:
        root = titles.get(verdict.explained_by, verdict.explained_by)
        lines.append(("Explained by", f"{root}. {FOLLOWS}"))
    if verdict.working and verdict.score > 0:
        lines.append(("What works", ", ".join(verdict.working)))
    return [(label, text) for label, text in lines if text]


def as_text(verdict: Verdict, titles: Mapping[str, str]) -> str:
    """The whole message as plain text."""
    return "\n".join(
        [headline(verdict), *(f"   {label}: {text}" for label, text in details(verdict, titles))]
    )


def as_html(verdict: Verdict, titles: Mapping[str, str]) -> str:
    """The whole message as HTML; everything that comes from the student's code is escaped."""
    rows = "".join(
        "<tr><th style='text-align:left;vertical-align:top;padding-right:1em;white-space:nowrap'>"
        f"{html.escape(label)}</th>"
        f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
        for label, text in details(verdict, titles)
    )
    table = f"<table style='border:none;margin:0.5em 0'>{rows}</table>" if rows else ""
    first = html.escape(headline(verdict, SIGNS))
    return f"<div class='graders-verdict {verdict.outcome}'><p><strong>{first}</strong></p>{table}</div>"


def as_record(verdict: Verdict) -> dict[str, str | float | None]:
    """A verdict as a notebook's metadata keep it, for the summary on top of the feedback page."""
    return {
        "title": verdict.title,
        "score": verdict.score,
        "max": verdict.max_score,
        "outcome": str(verdict.outcome),
        "cause": verdict.cause,
        "explained_by": verdict.explained_by,
        "seen": verdict.seen,
        "likely_cause": verdict.likely_cause,
        "where_to_look": verdict.where_to_look,
    }
