"""The report of an audit: the coverage table, the counts, the findings; as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from graders.audit.findings import Coverage, Finding, Named, coverage, naming
from graders.audit.matrix import Row
from graders.audit.measure import Measured
from graders.verdict import Outcome

HEADINGS = ("Integration point", "Coverage", "Priority", "Status")
WIDTHS = (29, 20, 16, 0)


def table(rows: Sequence[Coverage]) -> str:
    """The table that the course is judged by."""
    lines = [HEADINGS] + [
        (c.criterion.title, f"{c.percent}% ({c.caught} of {c.total})", c.criterion.priority, c.status)
        for c in rows
    ]
    return "\n".join(
        "".join(cell.ljust(width) for cell, width in zip(line, WIDTHS, strict=True)).rstrip()
        for line in lines
    )


def counts(measured: Measured) -> list[str]:
    """What the table does not show: wheats, mutants and root causes, a line each."""
    library, rows = measured.library, measured.rows
    full = sum(not rows[wheat.name].failed for wheat in library.wheats)
    lines = [f"Correct trainers with full marks: {full} of {len(library.wheats)}"]
    if library.mutants:
        killed = sum(bool(rows[mutant.name].failed) for mutant in library.mutants)
        lines.append(
            f"Mutants of the reference killed: {killed} of {len(library.mutants)}; "
            "the others must be equivalent"
        )
    return [*lines, causes_line(naming(measured))]


def causes_line(named: Named) -> str:
    """How many root causes are named rightly."""
    share = f"{100 * named.causes_right / max(named.total, 1):.1f} %"
    return (
        f"Root causes named rightly: {share} ({named.causes_right} of {named.total}); "
        f"the point alone: {named.points_right} of {named.total}"
    )


def sections(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """The findings by heading."""
    return [(str(kind), list(group)) for kind, group in groupby(findings, key=lambda f: f.kind)]


def as_record(measured: Measured, findings: Sequence[Finding]) -> dict[str, object]:
    """The whole audit as plain data."""
    named = naming(measured)
    return {
        "nonce": measured.nonce,
        "points": [_coverage_record(row) for row in coverage(measured)],
        "root_causes": {
            "total": named.total,
            "right": named.causes_right,
            "point_right": named.points_right,
            "wrong": [_finding_record(finding) for finding in named.wrong],
        },
        "findings": [_finding_record(finding) for finding in findings],
        "matrix": {name: _row_record(row) for name, row in measured.rows.items()},
    }


def _coverage_record(row: Coverage) -> dict[str, object]:
    return {
        "name": row.criterion.name,
        "title": row.criterion.title,
        "priority": row.criterion.priority,
        "caught": row.caught,
        "total": row.total,
        "status": row.status,
    }


def _finding_record(finding: Finding) -> dict[str, str]:
    return {"kind": finding.kind.name.lower(), "name": finding.name, "text": finding.text}


def _row_record(row: Row) -> Mapping[str, object]:
    failed = {name: v for name, v in row.verdicts.items() if v.outcome is not Outcome.PASSED}
    return {
        "score": row.score,
        "failed": {
            name: {
                "outcome": str(v.outcome),
                "score": v.score,
                "cause": v.cause,
                "explained_by": v.explained_by,
            }
            for name, v in failed.items()
        },
    }
