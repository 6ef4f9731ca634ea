"""Judgement of a submission: each criterion's findings become points, one cause each, and one root cause.

A pure function of evidence, truth and points. Nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from graders.criteria import CRITERIA, Criterion, equality, in_order
from graders.diagnosis import cause_of, diagnose
from graders.evidence import KEPT, Evidence, Unusable, parse
from graders.troubles import CodeCell, Kind, culprit, located
from graders.verdict import BEFORE, Failure, Finding, Outcome, Verdict

NOTHING = Evidence("", None)
"""Stands for a truth that there is not."""

NO_EVIDENCE_EXPECTED = "the observations that the hidden test makes"

MAY_FOLLOW = ("not_defined", "no_evidence", "raised")
"""Failures that what went wrong in an earlier cell can be behind."""

ENDED_EXPECTED = "cells that come to their end"

CAUSES = {
    Kind.TIMED_OUT: ("out_of_time", ENDED_EXPECTED),
    Kind.NOT_RUN: ("out_of_time", ENDED_EXPECTED),
    Kind.DIED: ("ended", ENDED_EXPECTED),
    Kind.UNWRITTEN: ("unfinished", "a solution in each solution cell"),
}
"""Cause and expectation where a name is missing, by what became of the cell that would have defined it."""


@dataclass(frozen=True)
class Observed:
    """What is known of one experiment on one submission: its evidence, or why there is none.

    fault: a reason that is not the student's; the experiment is then not judged at all.
    missing: the cause and a sentence, where the student's code left no usable evidence.
    cells: the submission's code, with what went wrong before the experiment: it may be why a name is missing.
    """

    evidence: Evidence | None = None
    cells: Sequence[CodeCell] = ()
    missing: tuple[str, str] | None = None
    fault: str | None = None


def criterion_of(experiment: str, truth: Evidence) -> Criterion:
    """Return the judgement of an experiment: its own, or equality with the reference where it has none.

    An experiment of another assignment may have the name of a criterion, but none of the parts that it knows.
    """
    known: Criterion | None = CRITERIA.get(experiment)
    if known is None or (truth.parts and not any(check.part in truth.parts for check in known.checks)):
        return equality(experiment, truth)
    return known


def judge(
    observed: Mapping[str, Observed], truths: Mapping[str, Evidence], points: Mapping[str, float]
) -> dict[str, Verdict]:
    """Judge every experiment that is worth points, in the order of the contract.

    observed: by experiment. truths: the evidence of the reference for the same nonce. points: the most that
    each earns.
    """
    names = in_order(points)
    criteria = {name: criterion_of(name, truths.get(name, NOTHING)) for name in names}
    known = {name: observed.get(name, Observed()) for name in names}
    findings = {name: _findings(criteria[name], known[name], truths.get(name)) for name in names}
    guilty = {name for name, found in findings.items() if found and any(_counts(f) for f in found)}
    verdicts = {
        name: _verdict(criteria[name], points[name], findings[name], known[name], bool(guilty - {name}))
        for name in names
    }
    return diagnose(verdicts)


def _findings(criterion: Criterion, observed: Observed, truth: Evidence | None) -> Sequence[Finding] | None:
    """The findings of one criterion; None where it cannot be judged, for a reason not the student's."""
    if observed.fault is not None or truth is None:
        return None
    if observed.evidence is not None and observed.evidence.experiment == truth.experiment:
        return _judged(criterion, observed.evidence, truth)
    cause, seen = observed.missing or ("no_evidence", "the hidden test left no observations")
    failure = Failure(cause, seen, NO_EVIDENCE_EXPECTED)
    return tuple(Finding(check.name, check.weight, failure) for check in criterion.checks)


@lru_cache(KEPT)
def _judged(criterion: Criterion, evidence: Evidence, truth: Evidence) -> tuple[Finding, ...]:
    """What a criterion finds; many students leave the very same evidence."""
    return criterion.judge(evidence, truth)


def _counts(finding: Finding) -> bool:
    return finding.failure is not None and not finding.deviates


def _verdict(
    criterion: Criterion, most: float, findings: Sequence[Finding] | None, observed: Observed, excused: bool
) -> Verdict:
    about = criterion.name, criterion.title
    if findings is None:
        likely = "a fault of the grader, not of your work"
        seen = observed.fault or ""
        return Verdict(*about, 0.0, most, Outcome.NOT_JUDGED, seen=seen, likely_cause=likely)
    failed = [f for f in findings if (_counts(f) if excused else f.failure is not None)]
    if not failed:
        return Verdict(*about, float(most), most, Outcome.PASSED, findings=tuple(findings))
    total = sum(finding.weight for finding in findings)
    lost = sum(finding.weight for finding in failed)
    score = most * (total - lost) / total
    base = Verdict(*about, score, most, Outcome.FAILED, findings=tuple(findings))
    return _with_cause(base, criterion, failed, observed.cells)


def _with_cause(
    base: Verdict, criterion: Criterion, failed: Sequence[Finding], cells: Sequence[CodeCell]
) -> Verdict:
    first = next((f for f in failed if _counts(f)), failed[0])
    assert first.failure is not None
    failure = _with_culprit(first.failure, cells)
    cause = cause_of(criterion.name, failure.cause)
    return replace(
        base,
        cause=failure.cause,
        seen=located(failure.seen, cells),
        expected=failure.expected,
        likely_cause=cause.bug,
        where_to_look=cause.look,
    )


def _with_culprit(failure: Failure, cells: Sequence[CodeCell]) -> Failure:
    """Name the earlier cell that is behind a failure; it is the cause where it did not run to its end."""
    if failure.cause not in MAY_FOLLOW:
        return failure
    found = culprit(cells, failure.seen)
    if found is None:
        return failure
    if found.is_why and found.kind in CAUSES:
        cause, expected = CAUSES[found.kind]
        return Failure(cause, found.told, expected)
    return replace(failure, seen=f"{failure.seen}{BEFORE}{found.told}")


def observe(texts: Sequence[str], experiment: str, cells: Sequence[CodeCell] = ()) -> Observed:
    """Turn the evidence texts that one test cell left into what is known of its experiment.

    Exactly one is expected: none is no evidence, and where there are more, one was not made by the test.
    cells: the submission's code, with what went wrong before the test.
    """
    if len(texts) != 1:
        if not texts:
            return Observed(cells=cells)
        return Observed(missing=("tampering", f"{len(texts)} sets of observations instead of one"))
    try:
        evidence = parse(texts[0])
    except Unusable as unusable:
        return Observed(missing=("tampering", str(unusable)))
    if evidence.experiment != experiment:
        return Observed(
            missing=("tampering", f"observations of {evidence.experiment[:40]!r} instead of {experiment!r}")
        )
    return Observed(evidence, cells)
