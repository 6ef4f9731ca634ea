"""`graders new`: a new assignment that passes its own audit, or a new copy of the lab for an old one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from graders.authoring.new import AuthoringError, make_assignment
from graders.authoring.stack import update
from graders.cli.common import CourseOption, cannot_write, fail, open_assignment, open_course
from graders.course import Course, CourseError


def new(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    update_lab: Annotated[
        bool,
        typer.Option(
            "--update-lab", help="Copy the package's lab anew into an assignment that is there already."
        ),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Make a new assignment: a notebook with one piece of work and one experiment, and specimens to audit it.

    It passes its own audit as it is. Nothing that exists is overwritten. Exit code: 0 if it was made, 2 if
    something is in the way.

    Examples:
        graders new 09_running_mean

        graders new 09_running_mean --update-lab
    """
    found = open_course(course)
    console = Console(soft_wrap=True, highlight=False)
    try:
        if update_lab:
            _update(found, assignment, console)
        else:
            _make(found, assignment, console)
    except (AuthoringError, CourseError) as error:
        fail(error)
    except OSError as error:
        fail(cannot_write(error))


def _update(course: Course, name: str, console: Console) -> None:
    folder = open_assignment(course, name).folder
    changed = update(folder)
    for path in changed:
        console.print(f"Updated {folder / 'tinystack' / path}", markup=False)
    if not changed:
        console.print(f"The lab in {folder / 'tinystack'} is that of the package", markup=False)


def _make(course: Course, name: str, console: Console) -> None:
    made = make_assignment(course, name)
    console.print(f"Made the assignment {name} in {course.root}:", markup=False)
    for path in made:
        console.print(f"  {path.relative_to(course.root)}", markup=False)
    console.print(f"  source/{name}/tinystack/  (the lab, copied: leave it as it is)", markup=False)
    console.print(
        f"\nNext:\n"
        f"  1. graders audit {name}      passes as it is\n"
        f"  2. Write your own piece of work, experiment and specimens in the files above.\n"
        f"  3. graders audit {name}      again, after each change: it names the bugs that no test catches\n"
        f"  4. graders preview {name}    what students and graders will see\n"
        f"  5. graders grade {name} --from FOLDER    when the work is in",
        markup=False,
    )
