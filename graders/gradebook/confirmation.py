"""Points given by hand that a regrade has left as they are: nbgrader flags them until they are confirmed."""

from __future__ import annotations

from collections.abc import Iterable

REMEDY = "in formgrader, press Resolve beside them"


def waits_for_confirmation(points: Iterable[str]) -> str:
    """Say that what was given by hand for these points waits, and what to do."""
    names = ", ".join(f"'{name}'" for name in points)
    return f"points given by hand in {names} wait for your confirmation ({REMEDY})"
