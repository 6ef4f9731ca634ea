"""`graders audit --suite`: what an existing pytest suite is worth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from graders.assignment import Assignment
from graders.audit.report import HEADINGS, WIDTHS
from graders.printable import print_plainly
from graders.suite_audit.measure import TIMEOUT, last_line, measure_suite
from graders.suite_audit.names import parse_names
from graders.suite_audit.records import PointCoverage, SuiteReport

IMPERFECT = 1
"""Exit code where the suite misses a bug, rejects a correct trainer, or has tests that tell nothing."""

MAX_LISTED = 12
"""Lines of a list that are printed; `--json` has them all."""


def audit_suite(
    path: Path,
    assignment: Assignment,
    names: Sequence[str] = (),
    as_json: bool = False,
    jobs: int | None = None,
    timeout: float = TIMEOUT,
) -> int:
    """Measure a suite and print the report; returns the exit code, 0 or IMPERFECT.

    names: "OLD=NEW" each, or files with such lines.

    Raises:
        SuiteError: the suite cannot be measured; the message is for whoever gave the command.
        LibraryError: a specimen's header is not as it must be.
    """
    report = _measure(path, assignment, names, jobs, timeout)
    if as_json:
        print(json.dumps(record(report), ensure_ascii=False))
    else:
        text = "\n".join(as_lines(report))
        print_plainly(Console(), text)
    return 0 if report.perfect else IMPERFECT


def _measure(
    path: Path, assignment: Assignment, names: Sequence[str], jobs: int | None, timeout: float
) -> SuiteReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Running the suite")
        return measure_suite(
            path,
            assignment,
            parse_names(names),
            jobs=jobs,
            timeout=timeout,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )


def record(report: SuiteReport) -> dict[str, object]:
    """The report as plain data, with the figures that follow from it."""
    rows = [{**asdict(row), "caught": row.caught, "status": _status(row)} for row in report.coverage]
    return {**asdict(report), "coverage": rows, "perfect": report.perfect}


def as_lines(report: SuiteReport) -> list[str]:
    """The coverage table, as `graders audit` prints it, and what else is to be known."""
    lines = table(report.coverage)
    lines += ["", f"{len(report.tests)} tests, {report.runs} runs in {report.seconds:.1f} s"]
    if any(row.doubtful for row in report.coverage):
        lines.append("DOUBTFUL: only tests that fail correct trainers as well catch so many.")
    if not report.touches_trainer:
        lines.append("No test of this suite calls the trainer.")
    for heading, items in _sections(report):
        lines += _listed(heading, items)
    return lines


def table(rows: Sequence[PointCoverage]) -> list[str]:
    """The nine integration points: what share of their bugs the suite catches."""
    cells = [HEADINGS, *((row.title, _coverage(row), row.priority, _status(row)) for row in rows)]
    return ["".join(c.ljust(width) for c, width in zip(line, WIDTHS, strict=True)).rstrip() for line in cells]


def _coverage(row: PointCoverage) -> str:
    """The share, rounded down, so that 100% means every bug."""
    return f"{100 * row.caught // max(row.total, 1)}% ({row.caught} of {row.total})"


def _status(row: PointCoverage) -> str:
    left = len(row.survivors)
    if not row.caught:
        return "NOT TESTED"
    survive = [f"{left} SURVIVES" if left == 1 else f"{left} SURVIVE"] if left else []
    doubtful = [f"{len(row.doubtful)} DOUBTFUL"] if row.doubtful else []
    return ", ".join(survive + doubtful) or "OK"


def _sections(report: SuiteReport) -> list[tuple[str, list[str]]]:
    """Headings and lines, the most important first."""
    untouched = set(report.untouched)
    never = [f"{t} (does not call the trainer)" if t in untouched else t for t in report.never_fail]
    correct = report.wheats + 1
    return [
        (
            f"Correct trainers that it rejects, of {correct}",
            [f"{item.trainer}: {', '.join(item.reasons)}" for item in report.rejected],
        ),
        ("Tests that can never fail, whatever the trainer does", never),
        ("Tests that fail on everything, also on the instructor's solution", [*report.fail_on_everything]),
        ("Tests that fail on the instructor's solution, and catch nothing", [*report.fail_on_reference]),
        ("Tests whose outcome depends on random numbers, and catch nothing", [*report.unstable]),
        ("Tests that are skipped on the instructor's solution", [*report.skipped]),
        ("Files that cannot be imported", [f"{f}: {last_line(text)}" for f, text in report.broken.items()]),
        ("Names that the framework does not have", [*report.missing]),
        ("Names that were served as something similar", [f"{n}: {by}" for n, by in report.replaced.items()]),
        ("Runs that were ended, or ended themselves", [*report.notes]),
    ]


def _listed(heading: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    lines = ["", f"{heading} ({len(items)})", *(f"  {item}" for item in items[:MAX_LISTED])]
    more = len(items) - MAX_LISTED
    return [*lines, f"  and {more} more, which --json lists"] if more > 0 else lines
