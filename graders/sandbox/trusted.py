"""For code of our own, which needs no wall: the sandbox where there is one, to run as students' code does."""

from __future__ import annotations

from graders.sandbox.machine import missing
from graders.sandbox.policy import SANDBOXED, UNPROTECTED, Protection


def where_possible() -> Protection:
    """Return the sandbox if this machine has all that it takes, else none."""
    return UNPROTECTED if missing() else SANDBOXED
