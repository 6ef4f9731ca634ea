"""`graders grade`: grade a class, from the submissions to feedback and grades.csv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
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

from graders.assignment import Assignment
from graders.cli.common import CourseOption, fail, open_assignment, open_course
from graders.course import CourseError
from graders.criteria import CRITERIA, in_order
from graders.criteria.base import COMMON_CAUSES

if TYPE_CHECKING:  # nbgrader takes a second to import, which `graders check` has no need of
    from graders.class_grading import ClassGrading, StudentGrade


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

    Leaves what nbgrader's own commands leave: release/, submitted/, autograded/, feedback/, gradebook.db and grades.csv.

    Examples:
        graders grade 07_training

        graders grade 07_training --from examples/class

        graders grade 07_training --student ada --student grace
    """
    from graders.class_grading import ClassGrading, StepError

    found = open_course(course)
    work = open_assignment(found, assignment)
    console = Console()
    try:
        grading = ClassGrading(found, work)
        grading.release()
        if collect_from is not None:
            console.print(
                f"Collected {len(grading.collect(collect_from))} new submissions from {collect_from}"
            )
        grades = _grade_all(grading, _students(grading, student), console)
        path = grading.export()
    except (CourseError, StepError) as error:
        fail(error)
    _print_class(console, work, grades)
    console.print(f"Wrote {path.name}, feedback/ and autograded/ in {found.root}", soft_wrap=True)


def _students(grading: ClassGrading, chosen: list[str] | None) -> list[str]:
    there = grading.students()
    unknown = sorted(set(chosen or []) - set(there))
    if unknown:
        fail(
            f"nothing was submitted by {', '.join(unknown)}: there is no folder {grading.submitted(unknown[0])}"
        )
    if not there:
        fail(
            f"nothing was submitted: put submissions into {grading.submitted('STUDENT')}, or name a folder with --from"
        )
    return sorted(chosen) if chosen else there


def _grade_all(grading: ClassGrading, students: list[str], console: Console) -> list[StudentGrade]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
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
    table = Table(title=f"{assignment.name}: {len(grades)} submissions", title_justify="left")
    table.add_column("Student", no_wrap=True)
    table.add_column("Score", justify="right")
    names = in_order(assignment.points)
    for name in names:
        table.add_column(f"{name[:5]}\n{assignment.points[name]:g}", justify="right")
    for grade in grades:
        cells = ["?" if grade.points.get(name) is None else f"{grade.points[name]:g}" for name in names]
        table.add_row(grade.student, f"{grade.score:g}", *cells)
    console.print(table)
    _print_notes(console, grades)


def _print_notes(console: Console, grades: list[StudentGrade]) -> None:
    from graders.class_grading import count_causes

    for (criterion, cause), count in count_causes(grades):
        console.print(
            f"{count} of {len(grades)}: {_sentence(criterion, cause)}", markup=False, highlight=False
        )
    for grade in grades:
        for note in grade.notes:
            console.print(
                f"{grade.student}: {note}", style="yellow", markup=False, highlight=False, soft_wrap=True
            )
    waiting = [grade.student for grade in grades if None in grade.points.values()]
    if waiting:
        console.print(f"Needs manual grading: {', '.join(waiting)}", style="yellow")


def _sentence(criterion: str, cause: str) -> str:
    """The sentence of a cause, with the title of its point."""
    known = CRITERIA.get(criterion)
    causes = {**COMMON_CAUSES, **(known.causes if known else {})}
    title = known.title if known else criterion
    return f"{title}: {causes[cause].bug}" if cause in causes else f"{title}: {cause}"
