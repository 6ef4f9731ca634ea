"""Nonces: which numbers a student's hidden tests are made of.

A nonce comes from the course's secret, the assignment, and a variant that the student falls into. So a grade
can be reproduced, and nobody can know the numbers when the work is handed in. There are few variants, so that
what the reference and the known bugs do with one is found out once for many students.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from graders.course import STATES, CourseError

SECRET_FILE = Path(".graders") / "secret"
"""Below the course's folder; ignored by git."""

SECRET_BYTES = 32

VARIANTS = 2
"""Sets of numbers for one assignment; what is known of each is found out once per class."""

ANEW = (
    "`graders grade ASSIGNMENT --force` draws a new one and runs everybody's code again, on other numbers: "
    "what was observed before, in any assignment, cannot be judged any more"
)
"""What there is to do without a backup, and what it means."""


class SecretError(CourseError):
    """A course's secret is damaged or lost. The message names the file and the remedy."""


def course_secret(course: Path) -> bytes:
    """Return the secret of a course; the first call makes it, readable by the owner alone.

    Raises:
        SecretError: the file holds no secret, or is gone while there is work that was graded with it. With
            another secret, evidence of earlier runs can no longer be judged again.
    """
    check_secret(course)
    return _made(course)


def check_secret(course: Path) -> None:
    """Raise SecretError where a course's secret is damaged, or gone while work was graded with it."""
    path = course / SECRET_FILE
    if path.exists():
        _read(path)
    elif any((course / STATES).glob("*/*.json")):
        raise SecretError(
            f"{path} is gone, and work was graded with numbers that were drawn from it: restore it from a "
            f"backup. Without one, {ANEW}"
        )


def make_secret(course: Path) -> None:
    """Make a course's secret where there is none, whatever was graded with a lost one.

    Raises:
        SecretError: the file is there, but holds no secret.
    """
    _made(course)


def _made(course: Path) -> bytes:
    path = course / SECRET_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(SECRET_BYTES) + "\n")
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except ValueError:
        secret = b""
    except OSError as error:
        raise SecretError(
            f"{path} cannot be read ({error.strerror}): give this account the right to read it, or restore "
            "it from a backup"
        ) from None
    if len(secret) != SECRET_BYTES:
        raise SecretError(
            f"{path} holds no secret of {SECRET_BYTES} bytes: restore it from a backup. Without one, delete "
            f"it; then {ANEW}"
        )
    return secret


def nonce_for(secret: bytes, assignment: str, student: str) -> str:
    """Return the nonce of one student's submission of one assignment."""
    return _nonce(secret, assignment, _digest(secret, "variant", assignment, student)[0] % VARIANTS)


def nonces_of(secret: bytes, assignment: str) -> tuple[str, ...]:
    """Return all nonces that students' submissions of an assignment can have."""
    return tuple(_nonce(secret, assignment, variant) for variant in range(VARIANTS))


def _nonce(secret: bytes, assignment: str, variant: int) -> str:
    return _digest(secret, "nonce", assignment, str(variant)).hex()[:32]


def _digest(secret: bytes, *texts: str) -> bytes:
    return hmac.new(secret, "\0".join(texts).encode(), hashlib.sha256).digest()
