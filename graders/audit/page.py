"""The matrix as one self-contained page: specimen by criterion, the message of each cell a touch away."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

from graders.audit.findings import Coverage, Finding, coverage, naming
from graders.audit.matrix import Row
from graders.audit.measure import Measured
from graders.audit.report import causes_line
from graders.library import Chaff
from graders.messages import details
from graders.verdict import Outcome, Verdict

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")

STATES = {
    "passed": ("·", "passed"),
    "caught": ("✕", "failed, and the bug is of this point"),
    "follows": ("○", "failed as a consequence, as declared"),
    "killed": ("✕", "failed on a mutant"),
    "survives": ("▲", "passed, although the bug is of this point"),
    "unjust": ("!", "points lost that should not be"),
    "unjudged": ("?", "not judged"),
}
"""What a cell can say: a class of the style sheet, its symbol, and the legend's words."""


def page(measured: Measured, findings: Sequence[Finding]) -> str:
    """Return the whole page as HTML. It needs no network and no other file."""
    parts = {
        "style": STYLE.read_text("utf-8"),
        "script": SCRIPT.read_text("utf-8"),
        "nonce": html.escape(measured.nonce),
        "coverage": "".join(map(_coverage_row, coverage(measured))),
        "counts": html.escape(causes_line(naming(measured))),
        "findings": "".join(map(_finding, findings)) or "<li>none</li>",
        "count": str(len(findings)),
        "open": " open" if findings else "",
        "points": "".join(
            f'<option value="{html.escape(name)}">{html.escape(c.title)}</option>'
            for name, c in measured.criteria.items()
        ),
        "legend": "".join(
            f'<li><span class="key {name}">{symbol}</span> {words}</li>'
            for name, (symbol, words) in STATES.items()
        ),
        "heads": "".join(
            f'<th scope="col"><span>{html.escape(c.title)}</span></th>' for c in measured.criteria.values()
        ),
        "rows": "".join(_rows(measured)),
    }
    return TEMPLATE.format_map(parts)


def _coverage_row(row: Coverage) -> str:
    state = "good" if row.status == "OK" else "bad"
    return (
        f"<tr><th scope='row'>{html.escape(row.criterion.title)}</th>"
        f"<td class='number'>{row.percent}%</td><td class='number'>{row.caught} of {row.total}</td>"
        f"<td><meter min='0' max='{max(row.total, 1)}' value='{row.caught}'>{row.percent}%</meter></td>"
        f"<td>{html.escape(row.criterion.priority)}</td>"
        f"<td class='{state}'>{html.escape(row.status)}</td></tr>"
    )


def _finding(finding: Finding) -> str:
    return f"<li><b>{html.escape(finding.name)}</b> {html.escape(finding.text)}</li>"


def _rows(measured: Measured) -> list[str]:
    library = measured.library
    rows = [_row(measured.rows[w.name], "wheat", "", f"{w.title} A correct trainer.") for w in library.wheats]
    rows += [_row(measured.rows[c.name], "chaff", c.point, c.bug, c) for c in library.chaffs]
    return rows + [_row(measured.rows[m.name], "mutant", "", m.change) for m in library.mutants]


def _row(row: Row, kind: str, point: str, what: str, chaff: Chaff | None = None) -> str:
    titles = {verdict.criterion: verdict.title for verdict in row.verdicts.values()}
    cells = "".join(_cell(v, _state(v, kind, chaff), titles) for v in row.verdicts.values())
    name = row.name.removeprefix("chaffs/").removeprefix("wheats/")
    failed = " ".join(row.failed)
    return (
        f'<tr data-kind="{kind}" data-point="{point}" data-failed="{failed}">'
        f'<th scope="row" title="{html.escape(what)}">{html.escape(name)}</th>{cells}'
        f'<td class="number">{row.score:.4g}</td></tr>\n'
    )


def _state(verdict: Verdict, kind: str, chaff: Chaff | None) -> str:
    if verdict.outcome is Outcome.NOT_JUDGED:
        return "unjudged"
    own = chaff is not None and verdict.criterion == chaff.point
    if verdict.outcome is Outcome.PASSED:
        return "survives" if own else "passed"
    if kind == "mutant":
        return "killed"
    if chaff is not None and verdict.criterion in chaff.also_fails:
        return "follows"
    return "caught" if own else "unjust"


def _cell(verdict: Verdict, state: str, titles: Mapping[str, str]) -> str:
    if state == "passed":
        return '<td class="passed">·</td>'
    symbol, words = STATES[state]
    lines = [f"{verdict.title}: {verdict.score:.4g} of {verdict.max_score:g} points, {words}"]
    lines += [f"{label}: {text}" for label, text in details(verdict, titles)]
    lines += [f"Cause: {verdict.cause}"] if verdict.cause else []
    return f'<td class="{state}" tabindex="0" title="{html.escape(chr(10).join(lines))}">{symbol}</td>'


TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Audit of the hidden tests</title>
<style>
{style}</style>
</head>
<body>
<h1>What the hidden tests are worth</h1>
<p class="quiet">Every experiment on every correct trainer, every known bug and every mutant of the
reference, with the numbers of the nonce <code>{nonce}</code>. {counts}.</p>
<div class="summary">
<table class="coverage"><thead><tr><th scope="col">Integration point</th>
<th scope="col" colspan="3">Coverage</th><th scope="col">Priority</th><th scope="col">Status</th></tr></thead>
<tbody>{coverage}</tbody></table>
<details{open}><summary>Findings: {count}</summary><ul class="findings">{findings}</ul></details>
</div>
<form>
<label>Show <select id="kind"><option value="">everything</option>
<option value="wheat">correct trainers</option>
<option value="chaff" selected>known bugs</option><option value="mutant">mutants</option></select></label>
<label>with a bug of <select id="point"><option value="">any point</option>{points}</select></label>
<label>that fails <select id="failed"><option value="">anything or nothing</option>{points}</select></label>
<label>whose name has <input id="text" type="search" size="16"></label>
<output id="shown"></output>
</form>
<ul class="legend">{legend}</ul>
<div class="matrix"><table>
<thead><tr><th scope="col">Specimen</th>{heads}<th scope="col"><span>Score</span></th></tr></thead>
<tbody id="rows">
{rows}</tbody></table></div>
<div id="detail" role="status" hidden></div>
<script>
{script}</script>
</body>
</html>
"""
