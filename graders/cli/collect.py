"""`graders collect`: put submissions from folders and archives of an LMS into submitted/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from graders.cli.common import CourseOption, fail, open_assignment, open_course
from graders.printable import print_plainly

if TYPE_CHECKING:
    from graders.intake import Collected

RosterOption = Annotated[
    Path | None,
    typer.Option(
        help="CSV file with the column student_id or id, and any of lms_id, lms_user_id, username, email, "
        "name, first_name, last_name: what the LMS calls each student. Who is not in it is refused."
    ),
]
FileTimesOption = Annotated[
    bool,
    typer.Option(
        "--file-times",
        help="Where names tell no time, count that of the newest file. An LMS often writes the download's.",
    ),
]


def collect(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    source: Annotated[Path, typer.Argument(help="Folder or zip file of submissions.")],
    roster: RosterOption = None,
    file_times: FileTimesOption = False,
    course: CourseOption = None,
) -> None:
    """Collect submissions: folders, or what Moodle, Canvas and Blackboard give to download.

    Read are FOLDER/STUDENT/ASSIGNMENT/, FOLDER/STUDENT/*.ipynb, files that are named as an LMS names them or
    as FileNameCollectorPlugin.named_regexp says, a zip file of any of these, and a folder with a zip file
    for each student, or with those that an LMS makes of each group. A folder of the course itself is no
    source. The source is not changed, and what is replaced is kept in .graders/replaced/. Exit code: 0 if
    all was collected, 1 if something was refused or no submission was found, 2 if the source or the course
    cannot be read.

    Examples:
        graders collect 07_training ~/Downloads/submissions.zip

        graders collect 07_training downloads/ --roster students.csv
    """
    from graders.intake import IntakeError, collect_into

    found = open_course(course)
    work = open_assignment(found, assignment)
    try:
        collected = collect_into(found, work, source, roster=roster, file_times=file_times)
    except IntakeError as error:
        fail(error)
    print_collected(Console(), collected, source)
    if collected.count("refused"):
        raise typer.Exit(1)


def print_collected(console: Console, collected: Collected, source: Path) -> None:
    """Print a line for each student with notes and each file that is nobody's, remarks, and the sums."""
    for intake in collected.students:
        for note in intake.notes:
            style = "red" if intake.state == "refused" else "yellow"
            _print(console, f"{intake.student}: {note}", style)
    for problem in collected.problems:
        _print(console, str(problem), "red")
    for remark in collected.remarks:
        _print(console, remark, "yellow")
    sums = ", ".join(
        f"{collected.count(state)} {state}" for state in ("new", "replaced", "unchanged", "refused")
    )
    _print(console, f"Collected from {source}: {sums}", "")


def _print(console: Console, text: str, style: str) -> None:
    print_plainly(console, text, style)
