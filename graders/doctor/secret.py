"""The secret that the numbers of hidden tests are drawn from: there, whole, and closed to others."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from graders.course import Course
from graders.doctor.findings import Finding, ok, problem
from graders.nonce import SECRET_FILE, SecretError, check_secret


def examine(course: Course) -> Iterator[Finding]:
    """Look at a course's secret."""
    path = course.root / SECRET_FILE
    try:
        check_secret(course.root)
    except SecretError as error:
        what, _, remedy = str(error).partition(": ")
        yield problem("secret", what, remedy)
        return
    if not path.exists():
        yield ok("secret", f"{path} is not there yet: the first command that grades makes it")
    elif path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield problem(
            "secret",
            f"other accounts can read {path}, and so know the numbers of the hidden tests",
            f"run chmod 600 '{path}'",
        )
    else:
        yield ok("secret", f"{path} is whole, and closed to other accounts")
