"""What the subcommands share: finding the course, and ending with a message."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from graders.course import Course, CourseError, find_course, is_in_course
from graders.printable import print_plainly

if TYPE_CHECKING:  # not every command reads one, and none needs it at once
    from graders.assignment import Assignment

UNREADABLE = 2
"""Exit code where a file could not be read, or the course is not as it must be."""

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course's folder. Default: the one you are in.", show_default=False),
]

ReadCourseOption = Annotated[
    Path | None,
    typer.Option(
        "--course",
        help="The course's folder. Default: the one you are in, and outside of any the one that comes with "
        "graders.",
        show_default=False,
    ),
]
"""For commands that change nothing in a course."""

UnprotectedOption = Annotated[
    bool,
    typer.Option(
        "--unprotected",
        help="Run students' code without the sandbox: it can then read and change all that you can.",
    ),
]

DEFAULT_ASSIGNMENT = "07_training"
"""The one that is meant where a course has several and none is named: the one that the package comes with."""

TABLE_WIDTH = 100
"""Columns that tables take where a terminal is narrower, or there is none."""

PAGE, JSON, CSV = (".html", ".htm"), (".json",), (".csv",)
"""What the names of files end in, by what is written to them."""

errors = Console(stderr=True)


def complain(message: object, style: str = "red") -> None:
    """Print a message on stderr."""
    print_plainly(errors, f"graders: {message}", style)


def fail(message: object, code: int = UNREADABLE) -> NoReturn:
    """Print a message on stderr and end with an exit code."""
    complain(message)
    raise typer.Exit(code)


def cannot_write(error: OSError) -> str:
    """Say of an error what cannot be written, and what to do."""
    return (
        f"{error.filename or 'a file'}: {error.strerror or error}: make room, or give this account the right "
        "to write there, then run the command again"
    )


def check_all_writable(targets: Sequence[tuple[Path, Sequence[str]]]) -> None:
    """End with a message where one of several files could not be written, or two of them are the same one.

    targets: for each what `check_writable` takes.
    """
    places: set[Path] = set()
    for path, endings in targets:
        check_writable(path, endings)
        if path.resolve() in places:
            fail(f"{path} is named twice: name a file for each")
        places.add(path.resolve())


def check_writable(path: Path, endings: Sequence[str]) -> None:
    """End with a message where a file could not be written, before there is any work for it.

    The folder need not be there yet. A file that is there is only replaced by another of its kind, so that a
    slip of the keyboard costs no gradebook and no notebook. endings: those of the kind's names.
    """
    if path.is_dir():
        fail(f"{path} is a folder: name a file")
    if path.is_file() and path.resolve().suffix.lower() not in endings:
        fail(
            f"{path} is there, and is not replaced, as its name does not end in {endings[0]}: name a file "
            "that does, or move this one away"
        )
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if there != path and not there.is_dir():
        fail(f"{path} cannot be written, as {there} is no folder: name another file")
    if not os.access(there, os.W_OK):
        fail(
            f"{path} cannot be written: give this account the right to write to {there}, or name another file"
        )


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_course(folder: Path | None) -> Course:
    """Find the course that was named or that the current folder is in, or end with a message."""
    try:
        return find_course(folder if folder is not None else Path.cwd())
    except CourseError as error:
        fail(error)


def open_course_to_read(folder: Path | None) -> Course:
    """Find the course as `open_course` does, or else the one that comes with this package.

    For commands that change nothing in a course: nobody looks for what is written to another one.
    """
    if folder is None and not is_in_course(Path.cwd()):
        from graders.authoring.shipped import shipped_course

        try:
            return Course(shipped_course())
        except CourseError as error:
            fail(error)
    return open_course(folder)


def check_named(assignment: str) -> None:
    """End with a message where the name of an assignment is empty, as that of a shell's empty variable."""
    if not assignment.strip():
        fail("the assignment's name is empty: is a variable of your shell not set? Name an assignment")


def open_assignment(course: Course, name: str | None) -> Assignment:
    """Read an assignment, or end with a message.

    name: None is the course's only assignment, and where it has several, DEFAULT_ASSIGNMENT.
    """
    from graders.assignment import AssignmentError

    if name is None:
        there = course.assignments()
        name = there[0] if len(there) == 1 else DEFAULT_ASSIGNMENT
    check_named(name)
    try:
        return course.assignment(name)
    except AssignmentError as error:
        fail(error)
