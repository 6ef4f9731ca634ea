"""`graders preview`: what students and graders will see of an assignment."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer
from rich.console import Console

from graders.assignment import AssignmentError
from graders.audit.mutants import MutantError
from graders.audit.rig import RigError
from graders.audit.snapshot import SnapshotError
from graders.authoring.new import AuthoringError
from graders.authoring.preview import chaff_for, make_preview
from graders.cli.common import (
    PAGE,
    ReadCourseOption,
    cannot_write,
    check_all_writable,
    fail,
    open_assignment,
    open_course_to_read,
)
from graders.course import CourseError
from graders.library import LibraryError
from graders.printable import counted
from graders.runner import RunnerError

ERRORS = (
    AssignmentError,
    AuthoringError,
    CourseError,
    LibraryError,
    MutantError,
    RigError,
    RunnerError,
    SnapshotError,
)


def preview(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    to: Annotated[
        Path | None,
        typer.Option(help="Folder for the pages. Default: a new temporary one.", show_default=False),
    ] = None,
    chaff: Annotated[
        str | None,
        typer.Option(
            help="The known bug to show feedback on, as POINT/NAME. Default: the first.", show_default=False
        ),
    ] = None,
    course: ReadCourseOption = None,
) -> None:
    """Write what students and graders will see, as pages that need no server.

    students.html is the notebook as it is released, audit.html what the hidden tests are worth,
    feedback.html the feedback on a known bug. The course is left as it is. Exit code: 0 if the pages were
    written, 2 if not.

    Examples:
        graders preview 08_adam

        graders preview 08_adam --to pages --chaff weight_decay/coupled
    """
    found = open_course_to_read(course)
    work = open_assignment(found, assignment)
    console = Console(soft_wrap=True, highlight=False)
    if to is not None:
        check_all_writable([(to / f"{name}.html", PAGE) for name in ("students", "audit", "feedback")])
    try:
        found.config()
        specimen = chaff_for(work, chaff)
        folder = to if to is not None else Path(mkdtemp(prefix=f"{work.name}-preview-"))
        with console.status("Auditing") as status:
            pages = make_preview(found, work, specimen, folder, status.update)
    except ERRORS as error:
        fail(error)
    except OSError as error:
        fail(cannot_write(error))
    console.print(f"What students see:       {pages.students}", markup=False)
    console.print(
        f"What the tests are worth: {pages.audit} ({counted(pages.findings, 'finding')})", markup=False
    )
    console.print(f"Feedback on {pages.chaff}: {pages.feedback}", markup=False)
