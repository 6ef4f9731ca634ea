"""`graders init`: assignments and configuration for an nbgrader course, an old one or a new one."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graders.authoring.setup import Kind, Plan, SetupError, carry_out, plan
from graders.cli.common import DEFAULT_ASSIGNMENT, cannot_write, fail
from graders.course import CourseError


def init(
    path: Annotated[Path, typer.Argument(help="The course's folder; made if it is not there.")],
    assignment: Annotated[
        list[str] | None,
        typer.Option(
            help="An assignment of the package; may be given again.", show_default=DEFAULT_ASSIGNMENT
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and end.")] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace files of these assignments that differ; the old ones are kept."
        ),
    ] = False,
) -> None:
    """Add assignments and the configuration to an nbgrader course, or make a new course.

    Says what it will do, and asks. What is there is never overwritten: the configuration gets a marked block
    at its end, and an assignment that is there already is kept. Exit code: 0 if all is as it should be, 2 if
    something is in the way or the answer was no.

    Examples:
        graders init ~/training

        graders init . --assignment 07_training --assignment 08_adam

        graders init ~/training --dry-run
    """
    console = Console(soft_wrap=True, highlight=False)
    try:
        planned = plan(path, assignment or [DEFAULT_ASSIGNMENT], replace=replace)
        _say(console, planned)
        if dry_run or not planned.changes:
            return
        if not yes and not _agreed():
            fail("nothing was changed")
        kept = carry_out(planned)
    except (CourseError, SetupError) as error:
        fail(error)
    except OSError as error:
        fail(cannot_write(error))
    if kept is not None:
        console.print(f"What was replaced is in {kept}", markup=False)
    console.print(
        f"Done. Next: graders doctor --course {shlex.quote(str(planned.root))}, "
        "then nbgrader generate_assignment and graders grade, as ever",
        markup=False,
    )


def _say(console: Console, planned: Plan) -> None:
    what = "A new course" if planned.is_new else "The course"
    console.print(f"{what} in {planned.root}", markup=False)
    for change in planned.changes:
        folder = "/" if change.source is not None and change.source.is_dir() else ""
        console.print(f"  {change.kind:<9} {change.path.relative_to(planned.root)}{folder}", markup=False)
        if change.kind is Kind.APPEND:
            for line in change.text.strip().splitlines():
                console.print(f"            | {line}", markup=False)
    for note in planned.notes:
        console.print(f"  note      {note}", markup=False)
    if not planned.changes:
        console.print("There is nothing to do.")


def _agreed() -> bool:
    """Ask; no answer at all, as in a script, is a no."""
    try:
        return typer.confirm("Do this?")
    except typer.Abort:
        return False
