"""The class in the terminal: a table of points, what went wrong by frequency, and who needs a human."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.assignment import Assignment
from graders.criteria import CRITERIA, in_order
from graders.diagnosis import cause_of
from graders.printable import printable

if TYPE_CHECKING:  # nbgrader takes seconds to import
    from graders.coordinator import Change, StudentGrade

SHORT_HEADINGS = {
    "orchestration": "orches-\ntration",
    "zero_grad": "zero_\ngrad",
    "convergence": "conver-\ngence",
    "scheduling": "sched-\nuling",
    "clipping": "clip-\nping",
    "checkpointing": "check-\npoint",
    "accumulation": "accumu-\nlation",
}
"""Headings in two lines, so that a class fits into 100 columns; other long names are cut in the middle."""

MAX_HEADING = 7

MAX_NOTES = 3
"""Notes on one student's notebook; where all tests were deleted there is one for each."""


def print_class(console: Console, assignment: Assignment, grades: Sequence[StudentGrade]) -> None:
    """Print the class: points, causes by frequency, and what is out of the ordinary."""
    table = Table(
        title=f"{assignment.name}: {len(grades)} submissions",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("\nStudent\n", min_width=7, overflow="fold")
    table.add_column(f"\nScore\n{sum(assignment.points.values()):g}", justify="right", no_wrap=True)
    names = in_order(assignment.points)
    for name in names:
        table.add_column(f"{_heading(name)}\n{assignment.points[name]:g}", justify="right", no_wrap=True)
    for grade in grades:
        cells = [_points(grade.points.get(name)) for name in names]
        table.add_row(Text(printable(grade.student)), _points(grade.score), *cells)
    console.print(table)
    _print_causes(console, grades)
    _print_notes(console, grades)


def _heading(name: str) -> str:
    """The name of a point in two lines."""
    if name in SHORT_HEADINGS:
        return SHORT_HEADINGS[name]
    if len(name) <= MAX_HEADING:
        return f"\n{name}"
    half = (len(name) + 1) // 2
    return f"{name[:half][: MAX_HEADING - 1]}-\n{name[half:][:MAX_HEADING]}"


def _points(points: float | None) -> str:
    return "?" if points is None else f"{points:.4g}"


def _print_causes(console: Console, grades: Sequence[StudentGrade]) -> None:
    """What the class got wrong, most frequent first; a cause that many points can have is one line."""
    lines = Counter(line for grade in grades for line in {_line(*cause) for cause in grade.root_causes})
    for line, count in lines.most_common():
        console.print(f"{count} of {len(grades)}: {line}", markup=False, highlight=False)


def _line(criterion: str, cause: str) -> str:
    """The sentence of a cause, with the title of its point where it is a cause of that point alone."""
    try:
        bug = cause_of(criterion, cause).bug
    except KeyError:  # of an earlier version of the criteria
        bug = cause
    known = CRITERIA.get(criterion)
    if known is not None and cause not in known.causes:
        return bug
    return f"{known.title if known else criterion}: {bug}"


def _print_notes(console: Console, grades: Sequence[StudentGrade]) -> None:
    for grade in grades:
        for note in grade.notes[:MAX_NOTES]:
            _print_yellow(console, f"{grade.student}: {note}")
        if len(grade.notes) > MAX_NOTES:
            more = len(grade.notes) - MAX_NOTES
            _print_yellow(console, f"{grade.student}: and {more} more, which the feedback lists")
    waiting = [grade.student for grade in grades if None in grade.points.values()]
    if waiting:
        _print_yellow(console, f"Needs manual grading: {', '.join(waiting)}")
    for grade in grades:
        if grade.trouble:
            console.print(
                printable(f"{grade.student}: {grade.trouble}"),
                style="red",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )


def _print_yellow(console: Console, text: str) -> None:
    console.print(printable(text), style="yellow", markup=False, highlight=False, soft_wrap=True)


def print_changes(console: Console, changes: Sequence[Change], names: Sequence[str]) -> None:
    """Print what a changed assignment does to points: one line for each student, old and new."""
    differing = [change for change in changes if change.is_one]
    table = Table(
        title=f"The assignment has changed: points of {len(differing)} of {len(changes)} students change",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for heading in ("Student", "Old", "New", "Where"):
        table.add_column(heading, justify="right" if heading in ("Old", "New") else "left")
    for change in differing:
        cells = in_order(dict.fromkeys((*names, *change.old, *change.new), 0.0))
        where = [name for name in cells if change.old.get(name) != change.new.get(name)]
        moves = (
            f"{name} {_points(change.old.get(name))} to {_points(change.new.get(name))}" for name in where
        )
        table.add_row(
            Text(printable(change.student)), _total(change.old), _total(change.new), Text(", ".join(moves))
        )
    console.print(table)


def _total(points: Mapping[str, float | None]) -> str:
    return f"{sum(value or 0.0 for value in points.values()):.4g}"
