"""Judgement of a submission: the findings of each criterion become points, one cause each, and one root cause.

A pure function of evidence, truth and points. Nothing here runs anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graders.criteria import COMMON_CAUSES, CRITERIA, Criterion, equality
from graders.evidence import Evidence, Unusable, parse
from graders.verdict import Cause, Failure, Finding, Outcome, Verdict

NO_EVIDENCE_EXPECTED = "the observations that the hidden test makes"


@dataclass(frozen=True)
class Observed:
    """What is known of one experiment on one submission: its evidence, or why there is none.

    fault: a reason that is not the student's; the experiment is then not judged at all.
    missing: the cause and a sentence, where the student's code left no usable evidence.
    """

    evidence: Evidence | None = None
    missing: tuple[str, str] | None = None
    fault: str | None = None


def criterion_of(experiment: str, truth: Evidence) -> Criterion:
    """Return the judgement of an experiment: its own, or equality with the reference where it has none."""
    return CRITERIA.get(experiment) or equality(experiment, truth)


def judge(
    observed: Mapping[str, Observed], truths: Mapping[str, Evidence], points: Mapping[str, float]
) -> dict[str, Verdict]:
    """Judge every experiment that is worth points, in the order of the contract.

    observed: by experiment. truths: the evidence of the reference for the same nonce. points: the most that each earns.
    """
    criteria = {name: criterion_of(name, truths[name]) for name in points}
    findings = {
        name: _findings(criteria[name], observed.get(name, Observed()), truths[name]) for name in points
    }
    guilty = {name for name, found in findings.items() if found and any(_counts(f) for f in found)}
    verdicts = {
        name: _verdict(
            criteria[name],
            points[name],
            findings[name],
            observed.get(name, Observed()),
            bool(guilty - {name}),
        )
        for name in points
    }
    return _explained(verdicts, criteria)


def _findings(criterion: Criterion, observed: Observed, truth: Evidence | None) -> Sequence[Finding] | None:
    """The findings of one criterion; None where it cannot be judged for a reason that is not the student's."""
    if observed.fault is not None or truth is None:
        return None
    if observed.evidence is not None and observed.evidence.experiment == truth.experiment:
        return criterion.judge(observed.evidence, truth)
    cause, seen = observed.missing or ("no_evidence", "the hidden test left no observations")
    failure = Failure(cause, seen, NO_EVIDENCE_EXPECTED)
    return tuple(Finding(check.name, check.weight, failure) for check in criterion.checks)


def _counts(finding: Finding) -> bool:
    return finding.failure is not None and not finding.deviates


def _verdict(
    criterion: Criterion, most: float, findings: Sequence[Finding] | None, observed: Observed, excused: bool
) -> Verdict:
    base = Verdict(criterion.name, criterion.title, 0.0, most, Outcome.NOT_JUDGED)
    if findings is None:
        return replace(
            base, seen=observed.fault or "", likely_cause="a fault of the grader, not of your work"
        )
    failed = [f for f in findings if (_counts(f) if excused else f.failure is not None)]
    total = sum(finding.weight for finding in findings)
    lost = sum(finding.weight for finding in failed)
    base = replace(
        base, score=most * (total - lost) / total, findings=tuple(findings), outcome=Outcome.PASSED
    )
    return _with_cause(base, criterion, failed) if failed else replace(base, score=float(most))


def _with_cause(base: Verdict, criterion: Criterion, failed: Sequence[Finding]) -> Verdict:
    first = next((f for f in failed if _counts(f)), failed[0])
    assert first.failure is not None
    cause = cause_of(criterion, first.failure.cause)
    return replace(
        base,
        outcome=Outcome.FAILED,
        cause=first.failure.cause,
        seen=first.failure.seen,
        expected=first.failure.expected,
        likely_cause=cause.bug,
        where_to_look=cause.look,
    )


def cause_of(criterion: Criterion, name: str) -> Cause:
    """Look up a cause by name, among the criterion's own and the common ones. Raises KeyError for an unknown name."""
    return criterion.causes[name] if name in criterion.causes else COMMON_CAUSES[name]


def _explained(verdicts: dict[str, Verdict], criteria: Mapping[str, Criterion]) -> dict[str, Verdict]:
    """Name, for each failure that another failure brings about, that other one."""
    failed = [name for name, verdict in verdicts.items() if verdict.outcome is Outcome.FAILED]
    explains = {name: _explains(verdicts[name], criteria[name]) for name in failed}
    roots: dict[str, str | None] = {}
    for name in failed:
        candidates = [other for other in failed if other != name and _is_root(other, name, explains, failed)]
        roots[name] = next((other for other in candidates if name not in _chain(other, roots)), None)
    return {name: replace(v, explained_by=roots.get(name)) for name, v in verdicts.items()}


def _chain(name: str | None, roots: Mapping[str, str | None]) -> list[str]:
    """The failures that explain a failure, from itself to its root."""
    chain: list[str] = []
    while name is not None and name not in chain:
        chain.append(name)
        name = roots.get(name)
    return chain


def _explains(verdict: Verdict, criterion: Criterion) -> tuple[str, ...]:
    assert verdict.cause is not None
    return cause_of(criterion, verdict.cause).explains


def _is_root(other: str, name: str, explains: Mapping[str, tuple[str, ...]], failed: Sequence[str]) -> bool:
    """Whether `other` explains `name`. Where each explains the other, the one that comes first in the contract does."""
    if name not in explains[other]:
        return False
    return other not in explains[name] or failed.index(other) < failed.index(name)


def observe(texts: Sequence[str], experiment: str) -> Observed:
    """Turn the evidence texts that one test cell left into what is known of its experiment.

    Exactly one is expected: none is no evidence, and where there are more, one of them was not made by the test.
    """
    if len(texts) != 1:
        if not texts:
            return Observed()
        return Observed(missing=("tampering", f"{len(texts)} sets of observations instead of one"))
    try:
        evidence = parse(texts[0])
    except Unusable as unusable:
        return Observed(missing=("tampering", str(unusable)))
    if evidence.experiment != experiment:
        return Observed(
            missing=("tampering", f"observations of {evidence.experiment[:40]!r} instead of {experiment!r}")
        )
    return Observed(evidence)
