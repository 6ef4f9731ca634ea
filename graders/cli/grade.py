"""`graders grade`: grade a class, from the submissions to feedback and grades.csv."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from graders.assignment import Assignment
from graders.cli.common import CourseOption, fail, open_assignment, open_course
from graders.course import CourseError
from graders.criteria import CRITERIA, in_order
from graders.criteria.base import COMMON_CAUSES

if TYPE_CHECKING:  # nbgrader takes a second to import, which `graders check` has no need of
    from graders.class_grading import ClassGrading, StudentGrade

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


TABLE_WIDTH = 100
"""Columns that the closing table needs; where there are fewer, lines are wrapped and no column is lost."""


def grade(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    collect_from: Annotated[
        Path | None,
        typer.Option("--from", help="Collect submissions from this folder first: FOLDER/STUDENT/ASSIGNMENT."),
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Grade this student alone; may be given again.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Release an assignment, collect, autograde, generate feedback, and write grades.csv.

    Leaves what nbgrader's own commands leave: release/, submitted/, autograded/, feedback/, gradebook.db,
    grades.csv. Exit code: 0 if the class was graded, whatever the scores, 2 if the course is not as it must
    be.

    Examples:
        graders grade 07_training

        graders grade 07_training --from examples/class

        graders grade 07_training --student ada --student grace
    """
    from graders.class_grading import ClassGrading, StepError

    found = open_course(course)
    work = open_assignment(found, assignment)
    console = Console()
    console.width = max(console.width, TABLE_WIDTH)
    try:
        grading = ClassGrading(found, work)
        if collect_from is not None:
            _collect(grading, collect_from, console)
        students = _students(grading, student)
        with console.status(f"Releasing {work.name}"):
            grading.check_reference(students[0])
            grading.release()
        grades = _grade_all(grading, students, console)
        path = grading.export()
    except (CourseError, StepError) as error:
        fail(error)
    _print_class(console, work, grades)
    console.print(f"Wrote {path.name}, feedback/ and autograded/ in {found.root}", soft_wrap=True)


def _collect(grading: ClassGrading, folder: Path, console: Console) -> None:
    if not folder.is_dir():
        fail(
            f"{folder} is no folder: name one that holds submissions as FOLDER/STUDENT/ASSIGNMENT with --from"
        )
    new = grading.collect(folder)
    console.print(
        f"Collected {len(new)} new submissions from {folder}", markup=False, highlight=False, soft_wrap=True
    )


def _students(grading: ClassGrading, chosen: list[str] | None) -> list[str]:
    there = grading.students()
    unknown = sorted(set(chosen or []) - set(there))
    if unknown:
        folder = grading.submitted(unknown[0])
        fail(f"nothing was submitted by {', '.join(unknown)}: there is no folder {folder}")
    if not there:
        folder = grading.submitted("STUDENT")
        fail(f"nothing was submitted: put submissions into {folder}, or name a folder with --from")
    return sorted(chosen) if chosen else there


def _grade_all(grading: ClassGrading, students: list[str], console: Console) -> list[StudentGrade]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("elapsed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    grades = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Grading", total=len(students))
        for student in students:
            progress.update(task, description=f"Grading {student}")
            result = grading.grade(student)
            if result.trouble:
                progress.console.print(
                    f"{student}: {result.trouble}", style="red", markup=False, soft_wrap=True
                )
            grades.append(result)
            progress.advance(task)
        progress.update(task, description="Graded")
    return grades


def _print_class(console: Console, assignment: Assignment, grades: list[StudentGrade]) -> None:
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
        table.add_row(Text(grade.student), _points(grade.score), *cells)
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


def _print_causes(console: Console, grades: list[StudentGrade]) -> None:
    """What the class got wrong, most frequent first; a cause that many points can have is one line."""
    lines = Counter(line for grade in grades for line in {_line(*cause) for cause in grade.root_causes})
    for line, count in lines.most_common():
        console.print(f"{count} of {len(grades)}: {line}", markup=False, highlight=False)


def _line(criterion: str, cause: str) -> str:
    """The sentence of a cause, with the title of its point where it is a cause of that point alone."""
    if cause in COMMON_CAUSES:
        return COMMON_CAUSES[cause].bug
    known = CRITERIA.get(criterion)
    if known is None or cause not in known.causes:
        return f"{criterion}: {cause}"
    return f"{known.title}: {known.causes[cause].bug}"


def _print_notes(console: Console, grades: list[StudentGrade]) -> None:
    for grade in grades:
        for note in grade.notes[:MAX_NOTES]:
            _print_yellow(console, f"{grade.student}: {note}")
        if len(grade.notes) > MAX_NOTES:
            more = len(grade.notes) - MAX_NOTES
            _print_yellow(console, f"{grade.student}: and {more} more, which the feedback lists")
    waiting = [grade.student for grade in grades if None in grade.points.values()]
    if waiting:
        _print_yellow(console, f"Needs manual grading: {', '.join(waiting)}")
    ungraded = [grade.student for grade in grades if not grade.points]
    if ungraded:
        _print_yellow(console, f"Not graded: {', '.join(ungraded)}")


def _print_yellow(console: Console, text: str) -> None:
    console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
