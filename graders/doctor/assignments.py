"""Each assignment of a course: is it valid, does its reference get through its own experiments."""

from __future__ import annotations

from collections.abc import Iterator

from graders.assignment import Assignment, AssignmentError, mentions_experiments
from graders.authoring.stack import differing
from graders.course import Course, CourseError
from graders.doctor.findings import Finding, ok, problem, warning
from graders.library import LibraryError
from graders.runner import Runner, RunnerError
from graders.sandbox import SandboxError
from graders.specimens import chaffs_of
from graders.truth import Truths

NONCE = "doctor"


def examine(course: Course) -> Iterator[Finding]:
    """Look at all assignments of a course."""
    names = course.assignments()
    if not names:
        yield warning(
            "assignments",
            f"there is none in {course.root / 'source'}",
            "run `graders init` for one that comes with the package, or `graders new NAME` for your own",
        )
    for name in names:
        if not mentions_experiments(course.root / "source" / name / f"{name}.ipynb"):
            yield ok(
                "assignments", f"{name}: no experiments; it is graded as nbgrader does, without the sandbox"
            )
            continue
        try:
            assignment = course.assignment(name)
        except AssignmentError as error:
            yield problem("assignments", str(error), f"mend the notebook, or remove source/{name}")
            continue
        yield _runs(assignment)
        yield from _stack(assignment)
        yield _specimens(assignment)


def _runs(assignment: Assignment) -> Finding:
    try:
        with Runner(assignment.folder) as runner:
            Truths(assignment, runner).for_nonce(NONCE)
    except AssignmentError as error:
        return problem(
            "assignments", str(error), f"mend the solution or the experiment in {assignment.folder}"
        )
    except (RunnerError, SandboxError) as error:
        return problem(
            "assignments",
            f"{assignment.name} cannot be run: {error}",
            "mend what is said of the machine first",
        )
    points = f"{len(assignment.points)} points, {sum(assignment.points.values()):g} in all"
    return ok("assignments", f"{assignment.name}: {points}; its reference gets through its experiments")


def _stack(assignment: Assignment) -> Iterator[Finding]:
    try:
        wrong = differing(assignment.folder)
    except CourseError as error:
        yield warning("assignments", str(error), "install graders again")
        return
    if wrong:
        shown = ", ".join(map(str, wrong[:3])) + (", ..." if len(wrong) > 3 else "")
        yield warning(
            "assignments",
            f"{assignment.folder / 'tinystack'} is not that of the package ({shown})",
            f"run graders new {assignment.name} --update-lab, then graders audit {assignment.name}; "
            "leave it if you changed it on purpose",
        )


def _specimens(assignment: Assignment) -> Finding:
    try:
        count = len(chaffs_of(assignment))
    except LibraryError as error:
        return warning(
            "assignments",
            f"nothing tells what the tests of {assignment.name} are worth: {error}",
            "write specimens, as docs/how-to/write-an-assignment.md says",
        )
    return ok("assignments", f"{assignment.name}: {count} known bugs to measure its tests with")
