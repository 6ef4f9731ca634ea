"""`graders audit --suite`: what an existing pytest suite is worth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from graders.assignment import Assignment
from graders.suite_audit.measure import TIMEOUT, measure_suite
from graders.suite_audit.names import parse_names
from graders.suite_audit.records import PointCoverage, SuiteReport

IMPERFECT = 1
"""Exit code where the suite could be measured, and misses a bug, rejects a correct trainer, or has tests that tell nothing."""

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
    """Measure a suite and print the report; returns the exit code.

    names: "OLD=NEW" each, or files with such lines.

    Raises:
        SuiteError: the suite cannot be measured; the message is for whoever gave the command.
        LibraryError: a specimen's header is not as it must be.
    """
    report = _measure(path, assignment, names, jobs, timeout)
    if as_json:
        print(json.dumps(record(report), ensure_ascii=False))
    else:
        print_report(Console(), report)
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
    rows = [{**asdict(row), "caught": row.caught, "share": row.share} for row in report.coverage]
    return {**asdict(report), "coverage": rows, "perfect": report.perfect}


def print_report(console: Console, report: SuiteReport) -> None:
    """Print the coverage table, and what else is to be known."""
    console.print(coverage_table(report))
    console.print(f"{len(report.tests)} tests, {report.runs} runs in {report.seconds:.1f} s", highlight=False)
    if not report.touches_trainer:
        console.print("No test of this suite calls the trainer.", style="red")
    for heading, lines in _sections(report):
        _print_list(console, heading, lines)


def coverage_table(report: SuiteReport) -> Table:
    """The nine integration points: what share of their bugs the suite catches."""
    table = Table(title=f"{report.suite}: {len(report.tests)} tests", title_justify="left")
    for heading in ("Integration point", "Coverage", "Priority", "Status"):
        table.add_column(heading)
    for row in report.coverage:
        coverage = f"{_percent(row)} ({row.caught} of {row.total})"
        table.add_row(row.title, coverage, row.priority, _status(row))
    return table


def _percent(row: PointCoverage) -> str:
    """The share, rounded down, so that 100% means every bug."""
    return f"{int(100 * row.caught / row.total) if row.total else 0}%"


def _status(row: PointCoverage) -> str:
    if not row.caught:
        return "NOT TESTED"
    if row.doubtful:
        return f"DOUBTFUL: {len(row.doubtful)} of {row.caught} by tests that fail correct trainers as well"
    return "GAPS" if row.survivors else "OK"


def _sections(report: SuiteReport) -> list[tuple[str, list[str]]]:
    """Headings and lines, the most important first."""
    untouched = set(report.untouched)
    never = [
        f"{test} (does not call the trainer)" if test in untouched else test for test in report.never_fail
    ]
    correct = report.wheats + 1
    return [
        (
            f"Rejects {len(report.rejected)} of {correct} correct trainers",
            [f"{item.wheat}: {', '.join(item.reasons)}" for item in report.rejected],
        ),
        ("Tests that can never fail, whatever the trainer does", never),
        ("Tests that fail on everything, also on the instructor's solution", [*report.fail_on_everything]),
        ("Tests that fail on the instructor's solution, and count for nothing", [*report.fail_on_reference]),
        ("Tests whose outcome depends on random numbers, and count for nothing", [*report.unstable]),
        ("Tests that are skipped on the instructor's solution", [*report.skipped]),
        ("Files that cannot be imported", [f"{f}: {_last(error)}" for f, error in report.broken.items()]),
        ("Names that the framework does not have", [*report.missing]),
        ("Names that were served as something similar", [f"{n}: {by}" for n, by in report.replaced.items()]),
        ("Runs that were ended, or ended themselves", [*report.notes]),
    ]


def _last(error: str) -> str:
    lines = [line for line in error.splitlines() if line.strip()]
    return lines[-1].removeprefix("E").strip() if lines else "an unknown error"


def _print_list(console: Console, heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print(f"{heading}:", style="bold", highlight=False)
    for line in lines[:MAX_LISTED]:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    if len(lines) > MAX_LISTED:
        console.print(f"  and {len(lines) - MAX_LISTED} more (--json lists all)", highlight=False)
