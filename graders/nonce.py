"""Nonces: which numbers a student's hidden tests are made of.

A nonce comes from the course's secret, the student and the assignment. So a grade can be reproduced, no two
students face the same numbers, and nobody can know them when the work is handed in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

SECRET_FILE = Path(".graders") / "secret"
"""Below the course's folder; ignored by git."""

SECRET_BYTES = 32


def course_secret(course: Path) -> bytes:
    """Return the secret of a course; the first call makes it, readable by the owner alone.

    Raises:
        ValueError: the file is there, but holds no secret. Restore it from a backup: with another secret,
            evidence of earlier runs can no longer be judged again.
    """
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
    if len(secret) != SECRET_BYTES:
        raise ValueError(
            f"{path} holds no secret of {SECRET_BYTES} bytes: restore it from a backup, "
            "or delete it to get a new one"
        )
    return secret


def nonce_for(secret: bytes, assignment: str, student: str) -> str:
    """Return the nonce of one student's submission of one assignment."""
    message = "\0".join((assignment, student)).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]
