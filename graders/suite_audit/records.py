"""What one run of a suite shows, and what all runs together say of it: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["passed", "failed", "skipped"]
Ending = Literal["finished", "timed_out", "died"]


class SuiteError(Exception):
    """A suite that cannot be measured. The message names the suite, what is wrong with it, and the remedy."""


@dataclass(frozen=True)
class Run:
    """One run of the suite, in a process of its own.

    outcomes: by test; a test in which the run ended is among the failed. ended_in: that test, or "" outside
    of any. broken: files that could not be imported, with the error. missing: names that the suite asked
    for and nobody has. replaced: names that were served as something similar. touched: tests that ran code
    of the trainer, where that was traced; "" stands for the import of the suite.
    """

    trainer: str
    outcomes: Mapping[str, Outcome]
    ending: Ending = "finished"
    status: int | None = None
    ended_in: str = ""
    broken: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    replaced: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    seconds: float = 0.0


@dataclass(frozen=True)
class PointCoverage:
    """How many bugs of one integration point the suite catches.

    survivors: the specimens that it does not catch. doubtful: those that only tests catch which fail correct
    trainers as well: they may object to the style of the specimen rather than to its bug.
    """

    point: str
    title: str
    priority: str
    total: int
    survivors: tuple[str, ...]
    doubtful: tuple[str, ...] = ()

    @property
    def caught(self) -> int:
        """The number of bugs that are caught."""
        return self.total - len(self.survivors)

    @property
    def share(self) -> float:
        """The share of bugs that are caught; 0 where there are none to catch."""
        return self.caught / self.total if self.total else 0.0


@dataclass(frozen=True)
class Rejection:
    """A correct trainer that the suite rejects, and the tests (or the ending) that do it."""

    trainer: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class SuiteReport:
    """What a suite is worth.

    tests: all that ran on the reference. coverage: in the order of the contract. wheats: how many correct
    trainers it was run against, beside the reference. never_fail: tests that pass on every specimen, and on
    a trainer that does nothing. untouched: those of them that call nothing of the trainer.
    fail_on_everything, fail_on_reference: tests that count for nothing, because the reference fails them
    too; the second pass on something else. unstable: tests whose outcome depends on the random numbers.
    skipped: tests that are skipped, or expected to fail, on the reference. broken: files that cannot be
    imported. missing, replaced: see Run. notes: runs that had to be ended, or ended themselves.
    """

    suite: str
    tests: tuple[str, ...]
    coverage: tuple[PointCoverage, ...]
    rejected: tuple[Rejection, ...]
    wheats: int
    never_fail: tuple[str, ...]
    untouched: tuple[str, ...]
    fail_on_everything: tuple[str, ...]
    fail_on_reference: tuple[str, ...]
    unstable: tuple[str, ...]
    skipped: tuple[str, ...]
    touches_trainer: bool
    broken: Mapping[str, str]
    missing: tuple[str, ...]
    replaced: Mapping[str, str]
    notes: tuple[str, ...]
    runs: int
    seconds: float

    @property
    def perfect(self) -> bool:
        """Whether it catches every bug, rejects no correct trainer, and has no test that tells nothing."""
        blemishes = (self.rejected, self.never_fail, self.fail_on_everything, self.fail_on_reference)
        return all(row.total and not row.survivors for row in self.coverage) and not any(
            (*blemishes, self.unstable, self.broken)
        )
