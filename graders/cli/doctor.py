"""`graders doctor`: what is wrong with this machine and this course, and how to mend it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graders.cli.common import CourseOption, fail
from graders.course import Course, CourseError, find_course
from graders.doctor.findings import Finding, Level
from graders.printable import counted

FOUND = 1
"""Exit code where there is a problem."""

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per finding.")] = False,
    course: CourseOption = None,
) -> None:
    """Look at this machine and at the course you are in: what is wrong, and how to mend it.

    Versions, sandbox, kernel and disk; the course's configuration, gradebook, exchange, rights and
    assignments. Changes nothing. Exit code: 0 if there is no problem, 1 if there is one, 2 if the folder
    named is no course.

    Examples:
        graders doctor

        graders doctor --course ~/training

        graders doctor --json | jq 'select(.level != "ok")'
    """
    import graders.lean_imports.nbgrader  # noqa: F401 (comes before nbgrader)
    from graders.doctor.examination import examine  # with nbgrader and alembic, which no other command needs

    found = _course(course)
    console, worst = Console(soft_wrap=True, highlight=False), Level.OK
    counts = dict.fromkeys(Level, 0)
    for finding in examine(found):
        counts[finding.level] += 1
        worst = Level.PROBLEM if Level.PROBLEM in (worst, finding.level) else worst
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
        else:
            _print(console, finding)
    if not as_json:
        where = found.root if found is not None else "no course: name one with --course to have it looked at"
        console.print(
            f"{counted(counts[Level.PROBLEM], 'problem')}, {counted(counts[Level.WARNING], 'warning')}; "
            f"course: {where}",
            markup=False,
        )
    raise typer.Exit(FOUND if worst is Level.PROBLEM else 0)


def _course(folder: Path | None) -> Course | None:
    """The course that was named, which must be one; or the one that this folder is in, if it is in any."""
    try:
        return find_course(folder if folder is not None else Path.cwd())
    except CourseError as error:
        if folder is not None:
            fail(error)
        return None


def _print(console: Console, finding: Finding) -> None:
    console.print(f"{finding.level:<8}", style=STYLES[finding.level], end="")
    console.print(f"{finding.area}: {finding.what}", markup=False)
    if finding.remedy:
        console.print(f"        → {finding.remedy}", markup=False)
