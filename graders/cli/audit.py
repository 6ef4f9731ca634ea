"""`graders audit`: measure the hidden tests on correct trainers, known bugs and mutants of the reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from graders import library
from graders.assignment import Assignment, AssignmentError
from graders.audit import snapshot
from graders.audit.findings import Finding, coverage, naming, trial_findings
from graders.audit.measure import Library, Measured, measure
from graders.audit.mutants import MutantError
from graders.audit.page import page
from graders.audit.report import as_record, counts, sections, table
from graders.audit.rig import RigError
from graders.audit.whole import all_equivalent, found_in, library_of
from graders.cli.common import (
    DEFAULT_ASSIGNMENT,
    PAGE,
    ReadCourseOption,
    cannot_write,
    check_writable,
    errors,
    fail,
    open_assignment,
    open_course,
    open_course_to_read,
)
from graders.cli.suite import audit_suite
from graders.printable import print_plainly
from graders.runner import RunnerError
from graders.specimens import are_packaged, chaffs_of, snapshot_of, wheats_of
from graders.suite_audit.measure import TIMEOUT
from graders.suite_audit.records import SuiteError

FOUND = 1
"""Exit code where the audit found anything against the tests."""

ERRORS = (
    AssignmentError,
    library.LibraryError,
    MutantError,
    RigError,
    RunnerError,
    SuiteError,
    snapshot.SnapshotError,
)


def audit(
    name: Annotated[
        str | None,
        typer.Argument(help="The assignment whose hidden tests are measured.", metavar="[ASSIGNMENT]"),
    ] = None,
    assignment: Annotated[
        str | None, typer.Option(help="The same, as an option.", show_default=DEFAULT_ASSIGNMENT)
    ] = None,
    nonce: Annotated[str, typer.Option(help="What the tests' numbers are drawn from.")] = snapshot.NONCE,
    nonces: Annotated[
        int,
        typer.Option(
            min=1, help="Randomised trials: repeat trainers and bugs for this many nonces, without mutants."
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per nonce.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the matrix as a page that can be explored.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update-snapshot", help="Pin the matrix and all messages as they are now.")
    ] = False,
    suite: Annotated[
        Path | None, typer.Option("--suite", help="Measure this pytest suite instead: a file or a folder.")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--names", help="OLD=NEW for modules that the suite imports, or a file of such lines."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Runs of the suite at a time.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for one run of the suite.")] = TIMEOUT,
    course: ReadCourseOption = None,
) -> None:
    """Measure the hidden tests: on correct trainers, on known bugs, on mutants of the reference.

    First proves its own rig: the reference passes everything, a trainer that does nothing fails everything.
    Exit code: 0 if nothing was found against the tests, 1 if anything was, 2 if they could not be measured.

    Examples:
        graders audit

        graders audit 08_adam

        graders audit --html audit.html

        graders audit --nonces 50

        graders audit --json | jq .points

        graders audit --suite tests/07_training --names mytorch.train=tinytorch.core.training
    """
    if update and (nonce != snapshot.NONCE or nonces > 1):
        fail(f"--update-snapshot pins the nonce {snapshot.NONCE!r}: leave out --nonce and --nonces")
    if html is not None:
        check_writable(html, PAGE)
    found = open_course(course) if update else open_course_to_read(course)
    work = open_assignment(found, assignment if name is None else name)
    if suite is not None and not are_packaged(work):
        fail(f"--suite measures suites for training loops: {work.name} has other points than those")
    try:
        if suite is not None:
            code = audit_suite(suite, work, names or (), as_json, jobs, timeout)
        elif nonces > 1:
            code = _trials(work, [f"{nonce}-{i + 1}" for i in range(nonces)], as_json)
        else:
            code = _audit(work, nonce, as_json, html, update)
    except ERRORS as error:
        fail(error)
    except OSError as error:
        fail(cannot_write(error))
    raise typer.Exit(code)


def _audit(assignment: Assignment, nonce: str, as_json: bool, html: Path | None, update: bool) -> int:
    specimens, pinned = library_of(assignment), snapshot_of(assignment)
    equivalent = all_equivalent(assignment)
    with _progress(len(specimens.subjects)) as advance:
        (measured,) = measure(assignment, specimens, [nonce], advance)
    if update:
        snapshot.write(snapshot.take(measured), pinned)
    found = found_in(measured, equivalent, pinned)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(measured, found), "utf-8")
    if as_json:
        print(json.dumps(as_record(measured, found), ensure_ascii=False))
    else:
        _print(measured, found)
    return FOUND if found else 0


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Show a progress bar on stderr; yields what to call with the name of each subject that was run."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("Auditing", total=total)

        def advance(name: str) -> None:
            progress.update(task, advance=1, description=f"{name[:40]:<40}")

        yield advance
        progress.update(task, description="Audited")


def _print(measured: Measured, found: Sequence[Finding]) -> None:
    console = Console()
    text = [table(coverage(measured)), "", *counts(measured)]
    wrong = naming(measured).wrong
    if wrong:
        text += ["", f"Chaffs whose root cause is named otherwise ({len(wrong)}; single ones are allowed)"]
        text += [f"  {finding.name}: {finding.text}" for finding in wrong]
    print_plainly(console, "\n".join([*text, *_listed(found)]))


def _listed(found: Sequence[Finding]) -> list[str]:
    lines: list[str] = []
    for heading, group in sections(found):
        lines += ["", f"{heading} ({len(group)})"]
        lines += [f"  {finding.name}: {finding.text}" for finding in group]
    return lines


def _trials(assignment: Assignment, nonces: Sequence[str], as_json: bool) -> int:
    specimens, console, code = Library(wheats_of(assignment), chaffs_of(assignment)), Console(), 0
    with _progress(len(specimens.subjects) * len(nonces)) as advance:
        for measured in measure(assignment, specimens, nonces, advance):
            found = trial_findings(measured)
            code = FOUND if found else code
            if as_json:
                print(json.dumps(as_record(measured, found), ensure_ascii=False), flush=True)
            else:
                lines = [trial_line(measured, len(found)), *_listed(found)]
                print_plainly(console, "\n".join(lines))
    return code


def trial_line(measured: Measured, found: int) -> str:
    """One trial in a line."""
    full = sum(not measured.rows[wheat.name].failed for wheat in measured.library.wheats)
    caught = sum(row.caught for row in coverage(measured))
    return (
        f"{measured.nonce}: {full} of {len(measured.library.wheats)} correct trainers earn full marks, "
        f"{caught} of {len(measured.library.chaffs)} bugs are caught, {found or 'no'} findings"
    )
