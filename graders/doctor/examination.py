"""All of it: the machine, then the course."""

from __future__ import annotations

from collections.abc import Iterator

from graders.course import Course
from graders.doctor import assignments, config, database, exchange, leftovers, machine, secret
from graders.doctor.findings import Finding


def examine(course: Course | None) -> Iterator[Finding]:
    """Look at the machine, and at a course if there is one. Changes nothing."""
    yield from machine.examine()
    yield leftovers.examine()
    if course is None:
        return
    yield machine.room(course.root)
    yield from secret.examine(course)
    loaded, findings = config.load(course)
    yield from findings
    if loaded is not None:
        yield from database.examine(loaded)
        yield from exchange.examine(course, loaded)
    yield from assignments.examine(course)
