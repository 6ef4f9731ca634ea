"""What an export did: what changed, and everybody and everything that was left out, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What an export did.

    changes: student, column, before, after. same: grades that were there already. unknown: students whom the
    system does not have. unlisted: students whom the gradebook does not have. waiting: grades that wait for
    a human. missing: work that was not handed in. refused: grades that the system would not take.
    """

    changes: list[tuple[str, str, str, str]] = field(default_factory=list)
    same: int = 0
    unknown: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def warnings(self, *, unfinished: bool) -> Iterator[str]:
        """Say who and what was left out. unfinished: grades that wait for a human were exported."""
        for heading, lines in (
            ("not exported, as nobody in the system was found for them", self.unknown),
            ("not exported, as the system would not take it", self.refused),
            ("exported before it is complete" if unfinished else "not exported yet", self.waiting),
            ("nothing handed in", self.missing),
            ("in the system, and not in the gradebook", self.unlisted),
        ):
            yield from (f"{heading}: {line}" for line in lines)

    def changed(self) -> list[str]:
        """Return one line for each change."""
        return [
            f"{student}: {column}: {before.strip() or '(empty)'} -> {after}"
            for student, column, before, after in self.changes
        ]

    def counts(self) -> str:
        """Return how many of each there are."""
        return (
            f"{len(self.changes)} grades, {self.same} the same as before, {len(self.missing)} missing, "
            f"{len(self.waiting)} waiting for a human, {len(self.unknown) + len(self.refused)} refused"
        )
