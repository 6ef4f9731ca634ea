"""`graders release`: the version for students, and the gradebook's entry."""

from __future__ import annotations

from typing import Annotated

import typer

from graders.cli.common import CourseOption, fail, open_assignment, open_course


def release(
    assignment: Annotated[str, typer.Argument(help="Name of the assignment, a folder of source/.")],
    course: CourseOption = None,
) -> None:
    """Make the release version of an assignment, as nbgrader generate_assignment does.

    `graders grade` does the same by itself where it is needed. Exit code: 0 if it was made, 2 if not.

    Example:
        graders release 07_training
    """
    found = open_course(course)
    work = open_assignment(found, assignment)
    from graders.coordinator import ClassRun, CourseBusyError, Options, ReleaseError, only_run
    from graders.gradebook import GradebookError

    try:
        with only_run(found.root):
            ClassRun(found, work, Options()).release()
    except (CourseBusyError, GradebookError, ReleaseError, OSError) as error:
        fail(error)
    print(f"Released {work.name} in {found.root / 'release' / work.name}")
