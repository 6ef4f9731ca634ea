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
from graders.cli.common import TABLE_WIDTH
from graders.criteria import CRITERIA, in_order
from graders.diagnosis import cause_of
from graders.printable import counted, print_plainly, printable

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
"""Headings in two lines, so that a class fits into 100 columns; others are cut where they can be."""

MAX_HEADING = 7
"""Letters in a line of a heading that there is room for in any case."""

OTHER_COLUMNS = 24
"""What student and score take of the width."""

TITLE = "table.title"
"""Style of a title above its table, which would wrap it where it is narrower."""

MAX_NOTES = 3
"""Notes on one student's notebook; where all tests were deleted there is one for each."""


AGAIN = "Run the command again, without --force, to grade these; if it stays, report the lines above."
"""What to do where the grader's own side failed."""


def print_class(console: Console, assignment: Assignment, grades: Sequence[StudentGrade]) -> None:
    """Print the class: points, causes by frequency, and what is out of the ordinary."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("\nStudent\n", min_width=7, overflow="fold")
    table.add_column(f"\nScore\n{sum(assignment.points.values()):g}", justify="right", no_wrap=True)
    names = in_order(assignment.points)
    room = max(MAX_HEADING, (TABLE_WIDTH - OTHER_COLUMNS) // max(len(names), 1) - 1)
    for name in names:
        table.add_column(
            f"{_heading(name, room)}\n{assignment.points[name]:g}", justify="right", no_wrap=True
        )
    for grade in grades:
        cells = [_points(grade.points.get(name)) for name in names]
        table.add_row(Text(printable(grade.student)), _points(grade.score), *cells)
    title = f"{assignment.name}: {counted(len(grades), 'submission')}"
    print_plainly(console, title, TITLE)
    console.print(table)
    _print_causes(console, grades)
    _print_notes(console, grades)


def _heading(name: str, room: int) -> str:
    """The name of a point in two lines of so many letters."""
    if len(name) <= room:
        return f"\n{name}"
    if name in SHORT_HEADINGS:
        return SHORT_HEADINGS[name]
    half = (len(name) + 1) // 2
    between_words = [place + after for place, letter in enumerate(name) if letter == "_" for after in (1, 0)]
    fitting = [place for place in between_words if place <= room and len(name) - place <= room]
    if fitting:
        place = min(fitting, key=lambda place: abs(place - half))
        return f"{name[:place]}\n{name[place:]}"
    cut = min(half, room - 1)
    return f"{name[:cut]}-\n{name[cut:][:room]}"


def _points(points: float | None) -> str:
    return "?" if points is None else f"{points:.4g}"


def _print_causes(console: Console, grades: Sequence[StudentGrade]) -> None:
    """What the class got wrong, most frequent first; a cause that many points can have is one line."""
    lines = Counter(line for grade in grades for line in {_line(*cause) for cause in grade.root_causes})
    for line, count in lines.most_common():
        print_plainly(console, f"{count} of {len(grades)}: {line}")


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
    for grade in grades:
        if grade.late_penalty:
            points = "1 point" if grade.late_penalty == 1 else f"{grade.late_penalty:.4g} points"
            _print_yellow(console, f"{grade.student}: late, {points} taken off")
    _print_waiting(console, grades)
    _print_troubles(console, grades)


def _print_troubles(console: Console, grades: Sequence[StudentGrade]) -> None:
    """Why some could not be graded, each reason once, and what to do."""
    troubled: dict[str, list[str]] = {}
    for grade in grades:
        if grade.trouble:
            troubled.setdefault(grade.trouble, []).append(grade.student)
    for trouble, students in troubled.items():
        print_plainly(console, printable(f"{', '.join(students)}: {trouble}"), "red")
    if troubled:
        print_plainly(console, AGAIN, "red")


def _print_waiting(console: Console, grades: Sequence[StudentGrade]) -> None:
    """Who waits for a human: for points, or for a look at those that were given by hand before."""
    from graders.gradebook.confirmation import waits_for_confirmation

    waiting = [grade.student for grade in grades if grade.waiting]
    if waiting:
        _print_yellow(console, f"Needs manual grading: {', '.join(waiting)}")
    unconfirmed: dict[tuple[str, ...], list[str]] = {}
    for grade in grades:
        if grade.unconfirmed:
            unconfirmed.setdefault(tuple(in_order(grade.unconfirmed)), []).append(grade.student)
    for points, students in unconfirmed.items():
        _print_yellow(console, f"{', '.join(students)}: {waits_for_confirmation(points)}")


def _print_yellow(console: Console, text: str) -> None:
    print_plainly(console, printable(text), "yellow")


def print_changes(console: Console, changes: Sequence[Change], names: Sequence[str]) -> None:
    """Print what a changed assignment does to points: one line for each student, old and new."""
    differing = [change for change in changes if change.is_one]
    table = Table(box=box.SIMPLE_HEAD)
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
    students = counted(len(changes), "student")
    title = f"The assignment has changed: points of {len(differing)} of {students} change"
    print_plainly(console, title, TITLE)
    if differing:
        console.print(table)


def _total(points: Mapping[str, float | None]) -> str:
    return f"{sum(value or 0.0 for value in points.values()):.4g}"
