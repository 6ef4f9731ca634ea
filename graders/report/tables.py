"""The report in a terminal, as tables that need no colour."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.printable import counted, print_plainly
from graders.report.records import Alike, ClassReport, State, Student
from graders.report.words import waiting_for

BAR = 24
"""Columns of the longest bar of the distribution."""

LISTED = 12
"""Students that are named in one cell; the page and the JSON name all."""


def show(report: ClassReport, console: Console) -> None:
    """Print the report."""
    console.print(Text(f"{report.assignment}: {_headline(report)}", style="bold"), soft_wrap=True)
    _distribution(report, console)
    _pass_rates(report, console)
    _causes(report, console)
    _to_do(report, console)
    _runs(report, console)
    _notes(report, console)
    if report.alike is not None:
        _alike(report.alike, console)


def _headline(report: ClassReport) -> str:
    counts = [f"{len(found)} {state}" for state in State if (found := report.in_state(state))]
    summary = report.summary
    figures = (
        f"; median {summary.median:.4g}, mean {summary.mean:.4g}, from {summary.lowest:.4g} "
        f"to {summary.highest:.4g} of {report.max_score:g}"
        if summary.count
        else ""
    )
    return f"{counted(len(report.students), 'student')}: {', '.join(counts)}{figures}"


def _print(console: Console, title: str, table: Table) -> None:
    """Print a table below its title, which would be as wide as the table if it were a part of it."""
    print_plainly(console, title, "table.title")
    console.print(table)


def _table(*columns: str, right: Sequence[int] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for number, heading in enumerate(columns):
        table.add_column(heading, justify="right" if number in right else "left", overflow="fold")
    return table


def _names(names: Sequence[str]) -> Text:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return Text(", ".join(names[:LISTED]) + more)


def _distribution(report: ClassReport, console: Console) -> None:
    table = _table("Points", "Students", "", right=(1,))
    most = max(len(part.students) for part in report.distribution)
    for part in report.distribution:
        count = len(part.students)
        bar = "#" * (max(1, round(BAR * count / most)) if count else 0)
        table.add_row(f"{part.low:g} to {part.high:g}", str(count), bar)
    _print(console, "Scores", table)


def _pass_rates(report: ClassReport, console: Console) -> None:
    table = _table("", "Most", "Full", "Part", "None", "Pass rate", right=(1, 2, 3, 4, 5))
    for rate in report.pass_rates:
        table.add_row(
            Text(rate.point.title),
            f"{rate.point.max_score:g}",
            str(rate.full),
            str(rate.part),
            str(rate.none),
            f"{rate.share:.0%}" if rate.scored else "",
        )
    _print(console, "Points", table)


def _causes(report: ClassReport, console: Console) -> None:
    titles = {point.name: point.title for point in report.points}
    table = _table("Count", "Point", "Cause", "Students", right=(0,))
    for count in report.causes:
        point = titles.get(count.cause.point, count.cause.point) if count.cause.point else "any"
        table.add_row(
            str(len(count.students)), Text(point), Text(count.cause.sentence), _names(count.students)
        )
    if report.causes:
        _print(console, "Root causes", table)


def _to_do(report: ClassReport, console: Console) -> None:
    names = {point.name: point.name for point in report.points}
    if waiting := report.in_state(State.WAITING):
        table = _table("Student", "Points that wait")
        for student in waiting:
            table.add_row(Text(student.id), Text(waiting_for(student, names)))
        _print(console, str(State.WAITING).capitalize(), table)
    for state in (State.NOT_GRADED, State.MISSING):
        if students := report.in_state(state):
            table = _table("Student")
            for student in students:
                table.add_row(Text(student.id))
            _print(console, str(state).capitalize(), table)


def _runs(report: ClassReport, console: Console) -> None:
    if report.failed_runs:
        table = _table("Student", "What happened")
        for student in report.failed_runs:
            table.add_row(Text(student.id), Text(what_happened(student)))
        _print(console, "Failed runs", table)
    if report.slowest:
        table = _table("Student", "Seconds", right=(1,))
        for student in report.slowest:
            table.add_row(Text(student.id), f"{student.seconds:.2f}")
        _print(console, "Slowest runs", table)


def what_happened(student: Student) -> str:
    """Say in one line why a run failed."""
    return "; ".join([student.problem] if student.problem else student.failures)


def _notes(report: ClassReport, console: Console) -> None:
    repaired = [student for student in report.students if student.repairs]
    if repaired:
        table = _table("Student", "Repair")
        for student in repaired:
            for number, repair in enumerate(student.repairs):
                table.add_row(Text("" if number else student.id), Text(repair))
        _print(console, "Repaired notebooks", table)


def _alike(alike: Alike, console: Console) -> None:
    console.print(Text(alike_line(alike)), soft_wrap=True)
    if alike.pairs:
        table = _table("Similarity", "Students", "Of the first", "Of the second", right=(0, 2, 3))
        for pair in alike.pairs:
            table.add_row(f"{pair.similarity:.0%}", _names(pair.students), *(f"{s:.0%}" for s in pair.shares))
        _print(console, "Alike", table)


def alike_line(alike: Alike) -> str:
    """Say what was compared, and what the figures can and cannot tell."""
    found = len(alike.pairs)
    pairs = f"{found or 'no'} {'pair is' if found == 1 else 'pairs are'}"
    return (
        f"{counted(alike.compared, 'submission')} compared; {pairs} "
        f"alike to {alike.threshold:.0%} or more; the median pair to {alike.typical:.0%}. "
        "Likeness is a reason to look at both, and proves nothing."
    )
