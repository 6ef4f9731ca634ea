"""What the subcommands share: finding the course, and ending with a message."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from graders.course import Course, CourseError, find_course, own_course

if TYPE_CHECKING:  # not every command reads one, and none needs it at once
    from graders.assignment import Assignment

UNREADABLE = 2
"""Exit code where a file could not be read, or the course is not as it must be."""

CourseOption = Annotated[
    Path | None,
    typer.Option("--course", help="The course's folder. Default: the one you are in.", show_default=False),
]

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

errors = Console(stderr=True)


def complain(message: object, style: str = "red") -> None:
    """Print a message on stderr."""
    errors.print(f"graders: {message}", style=style, markup=False, highlight=False, soft_wrap=True)


def fail(message: object, code: int = UNREADABLE) -> NoReturn:
    """Print a message on stderr and end with an exit code."""
    complain(message)
    raise typer.Exit(code)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_course(folder: Path | None) -> Course:
    """Find the course, or end with a message."""
    try:
        if folder is not None:
            return find_course(folder)
        return _course_here()
    except CourseError as error:
        fail(error)


def _course_here() -> Course:
    """The course of the current folder, or else the one that the package stands in."""
    try:
        return find_course(Path.cwd())
    except CourseError:
        return own_course()


def open_assignment(course: Course, name: str | None) -> Assignment:
    """Read an assignment, or end with a message.

    name: None is the course's only assignment, and where it has several, DEFAULT_ASSIGNMENT.
    """
    from graders.assignment import AssignmentError

    there = course.assignments()
    try:
        return course.assignment(name or (there[0] if len(there) == 1 else DEFAULT_ASSIGNMENT))
    except AssignmentError as error:
        fail(error)
