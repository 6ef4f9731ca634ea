"""The report as one self-contained page: no network, no other file, readable without a script."""

from __future__ import annotations

import base64
import hashlib
import html
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from graders.printable import counted
from graders.report.chart import chart
from graders.report.records import CauseCount, ClassReport, Pair, PassRate, State, Student
from graders.report.tables import alike_line, what_happened
from graders.report.words import waiting_for

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")

PARTS = {"full": "Full marks", "part": "Some", "none": "None"}
"""The parts of a bar, by the name of their colours: how many students have how much of a point."""

Link = Callable[[str], str]
"""A student's id as HTML, with a link to the feedback page where there is one."""


def page(report: ClassReport, target: Path, root: Path) -> str:
    """Return the whole page as HTML.

    target: where it will be written; links to feedback pages are relative to it. root: the course's folder.
    """
    link = _linker(report.students, target, root)
    script = SCRIPT.read_text("utf-8")
    sections = {
        "scores": ("Scores", _scores(report)),
        "points": ("Points", _points(report.pass_rates)),
        "causes": ("Root causes", _causes(report, link)),
        "todo": ("What is left to do", _to_do(report, link)),
        "runs": ("Runs", _runs(report, link)),
        "repairs": ("Repaired notebooks", _repairs(report.students, link)),
        **({"alike": ("Alike", _alike(report, link))} if report.alike is not None else {}),
        "everybody": ("All students", _everybody(report, link)),
    }
    return TEMPLATE.format_map(
        {
            "title": html.escape(report.assignment),
            "style": STYLE.read_text("utf-8"),
            "script": script,
            "hash": base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode(),
            "made": f"{report.made:%Y-%m-%d %H:%M} UTC",
            "figures": _figures(report),
            "nav": "".join(f'<li><a href="#{key}">{title}</a></li>' for key, (title, _) in sections.items()),
            "sections": "".join(
                f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2>{body}</section>\n'
                for key, (title, body) in sections.items()
            ),
        }
    )


def _linker(students: Sequence[Student], target: Path, root: Path) -> Link:
    """Link each student to the feedback page."""
    start = target.resolve().parent
    links = {
        student.id: quote(Path(os.path.relpath(root / student.feedback, start)).as_posix())
        for student in students
        if student.feedback
    }

    def link(student: str) -> str:
        name = html.escape(student)
        return f'<a href="{html.escape(links[student])}">{name}</a>' if student in links else name

    return link


def _figures(report: ClassReport) -> str:
    summary = report.summary
    shown = {"students": f"{len(report.students)}"}
    shown |= {str(state): str(len(found)) for state in State if (found := report.in_state(state))}
    if summary.median is not None and summary.mean is not None:
        shown["median"] = f"{summary.median:.4g} of {report.max_score:g}"
        shown["mean"] = f"{summary.mean:.3g}"
    return "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in shown.items())


def _table(headings: Mapping[str, str], rows: Iterable[Sequence[str]], *, key: str = "") -> str:
    """Return a table from HTML cells; the first of a row is its heading. headings: class by text."""
    classes = list(headings.values())
    head = "".join(f'<th scope="col" class="{kind}">{text}</th>' for text, kind in headings.items())
    body = "".join(
        f'<tr><th scope="row" class="{classes[0]}">{row[0]}</th>'
        + "".join(f'<td class="{kind}">{cell}</td>' for kind, cell in zip(classes[1:], row[1:], strict=True))
        + "</tr>\n"
        for row in rows
    )
    name = f' id="{key}"' if key else ""
    return (
        f'<div class="wide"><table{name}><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'
    )


def _scores(report: ClassReport) -> str:
    if not report.summary.count:
        return "<p>Nobody's grade is complete yet.</p>"
    rows = [
        (f"{part.low:g} to {part.high:g}", str(len(part.students)), html.escape(", ".join(part.students)))
        for part in report.distribution
    ]
    table = _table({"Points": "", "Students": "number", "Who": "names"}, rows)
    summary = report.summary
    return (
        f"<p>{counted(summary.count, 'complete grade')}, from {summary.lowest:.4g} to "
        f"{summary.highest:.4g} points.</p>"
        f"{chart(report.distribution)}<details><summary>The same as a table</summary>{table}</details>"
    )


def _points(rates: Sequence[PassRate]) -> str:
    headings = {"Point": "text", "Most": "number"}
    headings |= {f"{text}{_key(kind)}": "number" for kind, text in PARTS.items()} | {"Pass rate": "number"}
    rows = [
        (
            html.escape(rate.point.title) + _stack(rate),
            f"{rate.point.max_score:g}",
            str(rate.full),
            str(rate.part),
            str(rate.none),
            f"{rate.share:.0%}" if rate.scored else "",
        )
        for rate in rates
    ]
    return _table(headings, rows)


def _key(kind: str) -> str:
    """The colour that a part of the bars has, below the heading of its column."""
    return f'<i class="key {kind}" aria-hidden="true"></i>'


def _stack(rate: PassRate) -> str:
    """The numbers of the row once more, as a bar; screen readers have the numbers."""
    parts = {"full": rate.full, "part": rate.part, "none": rate.none}
    bars = "".join(
        f'<i class="{kind}" style="width:{100 * count / max(rate.scored, 1):.2f}%"></i>'
        for kind, count in parts.items()
    )
    return f'<div class="stack" aria-hidden="true">{bars}</div>'


def _causes(report: ClassReport, link: Link) -> str:
    if not report.causes:
        return "<p>No points were lost for a cause that the tests can name.</p>"
    titles = {point.name: point.title for point in report.points}

    def row(count: CauseCount) -> tuple[str, ...]:
        point = titles.get(count.cause.point, count.cause.point) if count.cause.point else "any"
        names = ", ".join(map(link, count.students))
        return str(len(count.students)), html.escape(point), html.escape(count.cause.sentence), names

    headings = {"Students": "number", "Point": "", "Cause": "text", "Who": "names"}
    return _table(headings, map(row, report.causes))


def _to_do(report: ClassReport, link: Link) -> str:
    titles = {point.name: point.title for point in report.points}
    words = {
        State.WAITING: "Give the points in formgrader.",
        State.NOT_GRADED: "Something was handed in and there is no grade: grade it.",
        State.MISSING: "In the gradebook, and nothing was handed in.",
    }
    named = _are_named(report)
    rows = [
        (
            link(student.id),
            *([html.escape(student.name)] if named else []),
            html.escape(str(student.state)),
            html.escape(waiting_for(student, titles) or words[state]),
        )
        for state in words
        for student in report.in_state(state)
    ]
    headings = {"Student": ""} | ({"Name": ""} if named else {}) | {"State": "", "What": "text"}
    return _table(headings, rows) if rows else "<p>Nothing: every submission has its grade.</p>"


def _runs(report: ClassReport, link: Link) -> str:
    failed = [(link(student.id), html.escape(what_happened(student))) for student in report.failed_runs]
    slow = [(link(student.id), f"{student.seconds:.2f}") for student in report.slowest]
    text = _table({"Failed": "", "What happened": "text"}, failed) if failed else "<p>No run failed.</p>"
    if slow:
        return f"{text}<p></p>{_table({'Slowest': '', 'Seconds': 'number'}, slow)}"
    return f'{text}<p class="quiet">How long the runs took was not noted.</p>'


def _repairs(students: Sequence[Student], link: Link) -> str:
    rows = [
        (link(student.id), "<br>".join(map(html.escape, student.repairs)))
        for student in students
        if student.repairs
    ]
    return (
        _table({"Student": "", "Repair": "text"}, rows) if rows else "<p>No notebook had to be repaired.</p>"
    )


def _alike(report: ClassReport, link: Link) -> str:
    assert report.alike is not None
    line = f"<p>{html.escape(alike_line(report.alike))}</p>"

    def row(pair: Pair) -> tuple[str, ...]:
        names = " and ".join(map(link, pair.students))
        return f"{pair.similarity:.0%}", names, *(f"{share:.0%}" for share in pair.shares)

    headings = {"Similarity": "number", "Students": "", "Of the first": "number", "Of the second": "number"}
    return line + (_table(headings, map(row, report.alike.pairs)) if report.alike.pairs else "")


def _are_named(report: ClassReport) -> bool:
    """Whether the gradebook has the name of anybody."""
    return any(student.name for student in report.students)


def _everybody(report: ClassReport, link: Link) -> str:
    named = _are_named(report)
    headings = {"Student": ""} | ({"Name": ""} if named else {}) | {"State": "", "Score": "number"}
    headings |= {html.escape(point.title): "number" for point in report.points}

    def row(student: Student) -> list[str]:
        cells = [link(student.id), *([html.escape(student.name)] if named else [])]
        cells.append(html.escape(str(student.state)))
        cells.append("" if student.score is None else f"{student.score:.4g}")
        for point in report.points:
            score = student.points.get(point.name)
            waits = point.name in student.waiting
            cells.append(_score(score, point.max_score, waits=waits) if point.name in student.points else "")
        return cells

    form = (
        '<form hidden><label>Show lines that have <input id="filter" type="search" size="18"></label> '
        '<output id="shown" class="quiet"></output></form>'
    )
    return form + _table(headings, map(row, report.students), key="students")


def _score(score: float | None, most: float, *, waits: bool) -> str:
    """A point's score: ? is for a human to say, and lost points are bold."""
    text = "?" if score is None else f"{score:.4g}" + ("?" if waits else "")
    return text if score is not None and score >= most else f'<span class="lost">{text}</span>'


TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'">
<title>{title}: class report</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p class="quiet">Class report, made {made}. Names of students lead to their feedback pages.</p>
<dl class="figures">{figures}</dl>
<nav aria-label="Sections"><ul>{nav}</ul></nav>
</header>
<main>
{sections}</main>
<script>
{script}</script>
</body>
</html>
"""
