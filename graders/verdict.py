"""What a criterion says of a submission: plain frozen records, importing nothing of the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """The three things that a judgement can come to."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"
    """A fault that is not the student's: flagged for manual grading, never a zero."""


@dataclass(frozen=True)
class Cause:
    """One of a closed set of reasons for a failure.

    bug: the reason in one sentence. look: where the student should look. explains: the points that fail with
    it.
    """

    bug: str
    look: str
    explains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """Why a check failed: the likely cause by name, what was seen, with numbers, and what was expected."""

    cause: str
    seen: str
    expected: str


@dataclass(frozen=True)
class Finding:
    """One check of a criterion, its weight among the checks, and its failure if it has one.

    deviates: the check's own matter is right, but the run is not the reference's. That is acceptable only
    where another criterion names the reason; otherwise `failure`, which then says what is unexplained,
    counts.
    """

    check: str
    weight: float
    failure: Failure | None = None
    deviates: bool = False


BEFORE = "; before that, "
"""Joins what was seen to the error of an earlier cell that may be behind it."""


@dataclass(frozen=True)
class Verdict:
    """The judgement of one integration point, for one submission."""

    criterion: str
    title: str
    score: float
    max_score: float
    outcome: Outcome
    cause: str | None = None
    explained_by: str | None = None
    seen: str = ""
    expected: str = ""
    likely_cause: str = ""
    where_to_look: str = ""
    remedy: str = ""
    known_bug: str | None = None
    findings: Sequence[Finding] = field(default_factory=tuple)

    @property
    def working(self) -> list[str]:
        """The checks that found nothing: not those which deviate and earn their weight all the same."""
        return [finding.check for finding in self.findings if finding.failure is None]
