"""`graders report`: how a class did, why, and what is left to do."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from graders.assignment import AssignmentError
from graders.cli.common import (
    CSV,
    JSON,
    PAGE,
    TABLE_WIDTH,
    CourseOption,
    check_all_writable,
    check_named,
    fail,
    open_course,
)
from graders.course import Course, CourseError
from graders.printable import print_plainly

if TYPE_CHECKING:  # nbgrader takes a second to import, which other commands have no need of
    from graders.report import ClassReport


def report(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment.")],
    to: Annotated[
        Path | None,
        typer.Option(help="Where to write the page. Default: ASSIGNMENT-report.html in the course's folder."),
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON too.")] = None,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", help="Write one line per student as CSV too.")
    ] = None,
    alike: Annotated[
        bool, typer.Option("--alike", help="Compare the students' code pair by pair (needs copydetect).")
    ] = False,
    course: CourseOption = None,
) -> None:
    """Report on a class: scores, pass rates, root causes, runs, and what needs a human.

    Prints tables and writes one self-contained page that links to each student's feedback. Reads the
    gradebook and the autograded notebooks and changes neither. The page names students and their grades: it
    is not for the class. A file that is there is replaced only if its name ends as that of a report does.
    Exit code: 0 if the report was made, 2 if there is nothing to report on, or a file cannot be written.

    Examples:
        graders report 07_training

        graders report 07_training --to reports/training.html --json reports/training.json

        graders report 07_training --alike
    """
    import graders.lean_imports.nbgrader  # noqa: F401 (comes before nbgrader)
    from graders.report import ReportError

    found = open_course(course)
    check_named(assignment)
    target = to or found.root / f"{assignment}-report.html"
    targets = ((target, PAGE), (as_json, JSON), (as_csv, CSV))
    check_all_writable([(path, endings) for path, endings in targets if path is not None])
    try:
        made = _make(found, assignment, alike=alike)
        written = _write(made, found, target, as_json, as_csv)
    except (AssignmentError, CourseError, ReportError) as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}; name another file")
    console = Console()
    if not console.is_terminal:
        console.width = max(console.width, TABLE_WIDTH)
    _show(made, console)
    print_plainly(console, f"Wrote {', '.join(written)}")


def _make(course: Course, assignment: str, *, alike: bool) -> ClassReport:
    from graders.report import build

    made = build(course, assignment)
    if not alike:
        return made
    from graders.report.alike import compare

    return dataclasses.replace(made, alike=compare(course, assignment))


def _write(
    made: ClassReport, course: Course, target: Path, as_json: Path | None, as_csv: Path | None
) -> list[str]:
    from graders.report import data
    from graders.report.page import page

    texts = {target: page(made, target, course.root)}
    if as_json is not None:
        texts[as_json] = json.dumps(data.as_record(made), ensure_ascii=False, indent=2) + "\n"
    if as_csv is not None:
        texts[as_csv] = data.as_csv(made)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [str(path) for path in texts]


def _show(made: ClassReport, console: Console) -> None:
    from graders.report.tables import show

    show(made, console)
