"""`graders release`: the version for students, and the gradebook's entry."""

from __future__ import annotations

from typing import Annotated

import typer

from graders.assignment import Assignment, AssignmentError
from graders.cli.common import (
    CourseOption,
    cannot_write,
    complain,
    cores,
    fail,
    open_assignment,
    open_course,
)
from graders.course import Course, CourseError
from graders.library import LibraryError
from graders.nonce import check_secret
from graders.runner import RunnerError
from graders.sandbox import SandboxError

NOBODY_GRADED = 1
"""Exit code where there is a release version, and no truth to judge it by."""


def release(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    course: CourseOption = None,
) -> None:
    """Make the release version of an assignment, as nbgrader generate_assignment does.

    `graders grade` does the same by itself where it is needed. Then the known bugs are run once on the
    numbers of this course's hidden tests, so that grading need not do it.

    Exit code: 0 if the release version was made, 1 if it was, but nobody can be graded, as the reference
    solution does not get through its own hidden tests, 2 if it was not made.

    Example:
        graders release 07_training
    """
    found = open_course(course)
    work = open_assignment(found, assignment)
    from graders.coordinator import ClassRun, CourseBusyError, Options, ReleaseError, only_run
    from graders.gradebook import GradebookError

    try:
        with only_run(found.root):
            check_secret(found.root)
            ClassRun(found, work, Options()).release()
            print(f"Released {work.name} in {found.root / 'release' / work.name}", flush=True)
            _prepare(found, work)
    except (CourseBusyError, CourseError, GradebookError, ReleaseError) as error:
        fail(error)
    except OSError as error:
        fail(cannot_write(error))


def _prepare(course: Course, assignment: Assignment) -> None:
    """Run the known bugs ahead of grading. Where that fails, grading does it, bug by bug."""
    from traitlets import TraitError

    from graders.coordinator import Preparation

    try:
        preparation = Preparation(course, assignment)
        if preparation.is_needed:
            print(
                f"Running the reference and {preparation.bugs} known bugs on this course's numbers, once for "
                "all grading",
                flush=True,
            )
            preparation.run(cores())
    except AssignmentError as error:
        fail(f"nobody can be graded: {error}", NOBODY_GRADED)
    except (CourseError, LibraryError, OSError, RunnerError, SandboxError, TraitError, ValueError) as error:
        complain(f"grading will take longer, as nothing could be prepared for it: {error}", "yellow")
