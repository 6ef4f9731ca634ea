"""`graders check`: grade single files against the criteria of an assignment, without a gradebook."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from graders.assignment import Assignment, AssignmentError
from graders.cli.common import (
    DEFAULT_ASSIGNMENT,
    UNREADABLE,
    ReadCourseOption,
    UnprotectedOption,
    complain,
    fail,
    open_assignment,
    open_course_to_read,
)
from graders.cli.file_assignment import assignment_of_file
from graders.course import Course
from graders.fingerprints import Fingerprints
from graders.grading import Grade, Grader
from graders.library import LibraryError
from graders.messages import MARKS, as_text, details
from graders.printable import print_plainly
from graders.runner import Runner, RunnerError
from graders.sandbox import SANDBOXED, UNPROTECTED, Protection, SandboxError
from graders.signatures import pinned
from graders.specimens import known_bugs_of, snapshot_of
from graders.submission import SubmissionError, read
from graders.truth import Truths
from graders.verdict import Outcome, Verdict

NOT_PASSED = 1
"""Exit code where every file could be read, and not every criterion passed."""

DEFAULT_NONCE = "check"


def check(
    files: Annotated[list[Path], typer.Argument(help="Python modules or notebooks.", metavar="FILE...")],
    assignment: Annotated[
        str | None,
        typer.Option(
            help="The assignment that they are for. Default: for each file the one that it or its folder is "
            f"named after, or whose cells it has; else the course's only one, or {DEFAULT_ASSIGNMENT}.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")] = False,
    nonce: Annotated[str, typer.Option(help="What the tests' numbers are drawn from.")] = DEFAULT_NONCE,
    unprotected: UnprotectedOption = False,
    course: ReadCourseOption = None,
) -> None:
    """Grade files against the criteria of an assignment.

    FILE is a Python module that defines the names of the assignment, or a notebook in source, release or
    submitted form. The assignment that it is taken for is named above the table. Nothing is written to the
    gradebook. Exit code: 0 if all passed, 1 if not, 2 if a file could not be read.

    Examples:
        graders check trainer.py

        graders check submitted/*/07_training/07_training.ipynb

        graders check --json trainer.py | jq .criteria.zero_grad
    """
    found = open_course_to_read(course)
    try:
        raise typer.Exit(_check_all(files, found, assignment, nonce, as_json, unprotected))
    except (AssignmentError, LibraryError, RunnerError, SandboxError) as error:
        fail(error)


def _check_all(
    files: list[Path],
    course: Course,
    assignment: str | None,
    nonce: str,
    as_json: bool,
    unprotected: bool,
) -> int:
    console, code = Console(), 0
    with ExitStack() as stack:
        graders = _Graders(course, UNPROTECTED if unprotected else SANDBOXED, stack)
        for path in files:
            grader = graders.of(assignment or assignment_of_file(path, course))
            try:
                grade = grader.grade(read(path, grader.assignment), nonce)
            except SubmissionError as error:
                code = UNREADABLE
                _print_error(path, error, as_json)
                continue
            code = max(code, 0 if grade.passed else NOT_PASSED)
            if as_json:
                record = _record(path, grader.assignment.name, grade)
                print(json.dumps(record, ensure_ascii=False), flush=True)
            else:
                _print_table(console, path, grader.assignment.name, grade)
    return code


class _Graders:
    """The graders of a course's assignments, each started when a file needs it and kept to the end."""

    def __init__(self, course: Course, protection: Protection, stack: ExitStack) -> None:
        self._course, self._protection, self._stack = course, protection, stack
        self._started: dict[str | None, Grader] = {}

    def of(self, name: str | None) -> Grader:
        """Return the grader of an assignment; None is the usual one. Ends with a message if there is none."""
        if name not in self._started:
            self._started[name] = self._start(open_assignment(self._course, name))
        return self._started[name]

    def _start(self, assignment: Assignment) -> Grader:
        bugs = known_bugs_of(assignment)
        runner = self._stack.enter_context(Runner(assignment.folder, sandbox=self._protection))
        return Grader(
            assignment,
            runner,
            Truths(assignment, runner, self._course.root),
            Fingerprints(assignment, runner, bugs, pinned(snapshot_of(assignment))),
        )


def _print_error(path: Path, error: SubmissionError, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": str(path), "error": str(error)}, ensure_ascii=False), flush=True)
    else:
        complain(error)


def _record(path: Path, assignment: str, grade: Grade) -> dict[str, object]:
    titles = {name: verdict.title for name, verdict in grade.verdicts.items()}
    return {
        "file": str(path),
        "assignment": assignment,
        "score": grade.score,
        "max": grade.max_score,
        "criteria": {name: _criterion_record(verdict, titles) for name, verdict in grade.verdicts.items()},
        "repairs": list(grade.repairs),
    }


def _criterion_record(verdict: Verdict, titles: dict[str, str]) -> dict[str, object]:
    return {
        "score": verdict.score,
        "max": verdict.max_score,
        "outcome": str(verdict.outcome),
        "cause": verdict.cause,
        "explained_by": verdict.explained_by,
        "message": as_text(verdict, titles),
    }


def _print_table(console: Console, path: Path, assignment: str, grade: Grade) -> None:
    title = f"{path}: {grade.score:g} of {grade.max_score:g} points in {assignment}"
    print_plainly(console, title, "bold")
    table = Table()
    for heading, justify in (
        ("", "left"),
        ("Integration point", "left"),
        ("Points", "right"),
        ("Cause", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for verdict in grade.verdicts.values():
        table.add_row(
            MARKS[verdict.outcome],
            verdict.title,
            f"{verdict.score:g} / {verdict.max_score:g}",
            _cause(verdict, grade),
        )
    console.print(table)
    titles = {name: verdict.title for name, verdict in grade.verdicts.items()}
    for verdict in grade.root_causes:
        console.print(f"{verdict.title}:", style="bold")
        for label, text in details(verdict, titles):
            console.print(f"  {label}: {text}", markup=False, highlight=False)
    for repair in grade.repairs:
        console.print(f"Repaired: {repair}", markup=False, highlight=False)


def _cause(verdict: Verdict, grade: Grade) -> str:
    if verdict.outcome is Outcome.NOT_JUDGED:
        return f"not judged: {verdict.seen}"
    if verdict.explained_by:
        return f"explained by: {grade.verdicts[verdict.explained_by].title}"
    return verdict.likely_cause if verdict.cause else ""
