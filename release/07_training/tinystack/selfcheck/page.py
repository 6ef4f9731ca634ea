"""Results as a piece of a page: rows with status in a word, causes, and pictures; for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tinystack.selfcheck.explaining import explained_by, roots
from tinystack.selfcheck.points import POINTS
from tinystack.selfcheck.report import Result, beyond, details
from tinystack.selfcheck.style import STYLE

LABELS = {"saw": "Seen", "expected": "Expected", "look": "Where to look"}


def of_one(result: Result) -> str:
    """Return the result of one check, with everything open."""
    return _framed(f"<ol>{_row(result, {}, is_open=True)}</ol>")


def of_all(results: Sequence[Result], note: str) -> str:
    """Return all results: failures open, what passed to be opened. note: what the count does not say."""
    explained = roots(results)
    passed = sum(result.passed for result in results)
    total = f"<p><strong>{passed} of {len(results)} public checks passed.</strong> {escape(note)}</p>"
    rows = "".join(_row(result, explained, is_open=False) for result in results)
    return _framed(f"{total}<ol>{rows}</ol>")


def of_progress(text: str) -> str:
    """Return a line that says what is being done."""
    return _framed(f'<p role="status">{escape(text)}</p>')


def _framed(content: str) -> str:
    return f'<div class="ts-check"><style>{STYLE}</style>{content}</div>'


def _row(result: Result, explained: dict[str, str], *, is_open: bool) -> str:
    status, sign = ("passed", "✓") if result.passed else ("failed", "✗")
    head = (
        f'<span class="ts-sign" aria-hidden="true">{sign}</span><strong>{escape(result.point.title)}</strong>'
        f'<span class="ts-word">{status}</span>'
    )
    return f'<li class="ts-{status}">{_body(head, result, explained, is_open)}</li>'


def _body(head: str, result: Result, explained: dict[str, str], is_open: bool) -> str:
    first = explained.get(result.point.name)
    if first is not None:
        text = f"may come from {POINTS[first].title}: mend that first"
        head += f' <span class="ts-note">{escape(text)}</span>'
    more = f'<div class="ts-more">{_details(result)}{_explains(result, explained)}{_pictures(result)}</div>'
    if is_open or (not result.passed and first is None):
        return f"<div>{head}</div>{more}"
    return f"<details><summary>{head}</summary>{more}</details>"


def _details(result: Result) -> str:
    bug = f"<p><strong>{escape(result.finding.bug)}</strong></p>" if result.finding.bug else ""
    pairs = [(LABELS[label], text) for label, text in details(result)]
    pairs += [("Not checked", result.unchecked)] if result.unchecked else []
    listed = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in pairs)
    printed = f"<pre>{escape(result.printed)}</pre>" if result.printed else ""
    text = beyond(result)
    last = f'<p class="ts-note">{escape(text[0].upper() + text[1:])}.</p>'
    return f"{bug}<dl>{listed}</dl>{printed}{last}"


def _explains(result: Result, explained: dict[str, str]) -> str:
    others = ", ".join(POINTS[name].title for name in explained_by(result.point.name, explained))
    return f"<p>This may also explain: {escape(others)}.</p>" if others else ""


def _pictures(result: Result) -> str:
    return "".join(
        f"<figure>{picture.svg()}<figcaption>{escape(picture.caption())}</figcaption></figure>"
        for picture in result.finding.pictures
    )
