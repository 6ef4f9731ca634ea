"""`graders grade`: from submissions to gradebook, feedback and grades.csv, for the whole class."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from graders.cli.collect import print_collected
from graders.cli.common import (
    TABLE_WIDTH,
    CourseOption,
    UnprotectedOption,
    cannot_write,
    check_named,
    cores,
    fail,
    open_assignment,
    open_course,
)
from graders.cli.head_start import begin_imports, head_start, is_first_grading
from graders.cli.progress import ClassProgress
from graders.course import Course, CourseError
from graders.one_run import only_run

if TYPE_CHECKING:  # nbgrader takes seconds to import, which `graders check` has no need of
    from graders.assignment import Assignment
    from graders.coordinator import ClassRun

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""

NOT_AGREED = 3
"""Exit code where changed points were shown, and nobody agreed to them."""


def grade(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    collect_from: Annotated[
        Path | None,
        typer.Option("--from", help="Collect submissions first: a folder or zip file, as LMSs export them."),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="With --from: CSV file that says which student id belongs to a name of the LMS."),
    ] = None,
    student: Annotated[
        list[str] | None,
        typer.Option(help="These students alone; may be repeated, or hold commas."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Worker processes; 0 means as many as there are cores.")
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Run all, whatever has changed since.")] = False,
    rejudge: Annotated[
        bool,
        typer.Option(
            "--rejudge",
            help="Judge stored evidence again; code is run only where there is none of today's tests.",
        ),
    ] = False,
    feedback: Annotated[bool, typer.Option(help="Make the feedback pages.")] = True,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Write points that a changed assignment changes."),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Work on a Dask cluster: the address of its scheduler, tcp://host:port."),
    ] = None,
    unprotected: UnprotectedOption = False,
    course: CourseOption = None,
) -> None:
    """Grade a class: release, collect, autograde, feedback, grades.csv; only what has changed since.

    Leaves what nbgrader's own commands leave: release/, submitted/, autograded/, feedback/, gradebook.db,
    grades.csv. Whoever is up to date is left alone, and after an interruption the same command goes on.

    Exit code: 0 if the class was graded, whatever the scores, 1 if somebody could not be graded or
    collected, 2 if the course is not as it must be, 3 if points would have changed and nobody agreed to that.

    Examples:
        graders grade 07_training

        graders grade 07_training --from submissions.zip

        graders grade 07_training --student ada --student grace --force
    """
    if force and rejudge:
        fail("--force runs all again and --rejudge runs nothing: name one of them")
    if roster is not None and collect_from is None:
        fail("--roster says who is who in what --from names: name that too, or leave --roster out")
    check_named(assignment)
    names = _names(student or ())
    found = open_course(course)
    console = Console()
    console.width = max(console.width, TABLE_WIDTH)
    is_here = not (unprotected or scheduler)
    runs = force or (is_first_grading(found, assignment) and not rejudge)
    begun = head_start(found.folder(assignment), wanted=runs and is_here)
    with _explained(), only_run(found.root), begun as nursery:
        work = open_assignment(found, assignment)
        complete = collect_from is None or _collect(found, work, collect_from, roster, console)
        if nursery is not None:
            begin_imports(nursery, found, work)
        from graders.coordinator import ClassRun, Options

        options = Options(names, force, rejudge, feedback, jobs or cores(), scheduler, unprotected)
        run = ClassRun(found, work, options)
        _check_students(run)
        _grade(run, console, yes)
        path = run.export()
        grades = run.outcome()
    from graders.cli.class_table import print_class

    print_class(console, work, grades)
    console.print(f"Wrote {path.name}, feedback/ and autograded/ in {found.root}", soft_wrap=True)
    if not complete or any(grade.trouble for grade in grades):
        raise typer.Exit(1)


def _names(options: Sequence[str]) -> tuple[str, ...]:
    """The students that are named; none is the whole class, which an option without a name does not mean."""
    named = [[name for name in map(str.strip, option.split(",")) if name] for option in options]
    if not all(named):
        fail("--student names nobody: is a variable of your shell not set? Leave it out for the whole class")
    return tuple(dict.fromkeys(name for names in named for name in names))


def _collect(
    course: Course, assignment: Assignment, source: Path, roster: Path | None, console: Console
) -> bool:
    """Collect, and say what came of it; return whether all of it was taken."""
    from graders.intake import collect_into

    collected = collect_into(course, assignment, source, roster=roster)
    print_collected(console, collected, source)
    return not collected.problems and not collected.count("refused")


def _check_students(run: ClassRun) -> None:
    there = run.submitted()
    missing = sorted(set(run.students()) - set(there))
    if missing:
        fail(f"nothing was submitted by {', '.join(missing)}: there is no folder {run.folder(missing[0])}")
    if not there:
        folder = run.folder("STUDENT")
        fail(f"nothing was submitted: put submissions into {folder}, or name a source with --from")


def _grade(run: ClassRun, console: Console, yes: bool) -> None:
    with ClassProgress(console, "Comparing") as progress:
        changes = run.preview(progress)
    if changes:
        from graders.cli.class_table import print_changes

        print_changes(console, changes, list(run.assignment.points))
        if not yes and any(change.is_one for change in changes):
            _ask(console)
    with ClassProgress(console, "Grading") as progress:
        run.grade(progress, [change.student for change in changes])


def _ask(console: Console) -> None:
    """Go on if somebody agrees."""
    if sys.stdin.isatty() and typer.confirm("Write these points?"):
        return
    console.print("Nothing was written. To write these points, run the command again with --yes.")
    raise typer.Exit(NOT_AGREED)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what a course, a machine or a source lacks into a message."""
    try:
        yield
    except OSError as error:
        fail(f"{cannot_write(error)}; what was written before is whole")
    except KeyboardInterrupt:
        fail("Interrupted: all that is written is whole. Run the same command again to go on.", INTERRUPTED)
    except Exception as error:
        if not isinstance(error, _ours()):
            raise
        fail(error)


def _ours() -> tuple[type[Exception], ...]:
    """The errors whose messages say what to do."""
    from graders.assignment import AssignmentError
    from graders.coordinator import ClusterError, CourseBusyError, ReleaseError
    from graders.gradebook import GradebookError
    from graders.intake import IntakeError
    from graders.library import LibraryError
    from graders.publication import PublicationError
    from graders.runner import RunnerError
    from graders.sandbox import SandboxError

    return (
        AssignmentError,
        ClusterError,
        CourseBusyError,
        CourseError,
        GradebookError,
        IntakeError,
        LibraryError,
        PublicationError,
        ReleaseError,
        RunnerError,
        SandboxError,
    )
