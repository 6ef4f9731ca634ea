"""The root cause: which of several failures brings about the others, and which known bug it is.

Each cause names the points that fail with it. A failure whose evidence equals that of a known bug is sure of
its cause; the others go by what their criterion makes of the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graders.criteria import COMMON_CAUSES, CRITERIA
from graders.criteria.equality import CAUSES as EQUALITY_CAUSES
from graders.criteria.equality import DIFFERS
from graders.evidence import Evidence
from graders.fingerprints import Fingerprints, KnownBug, Stopwatch
from graders.verdict import BEFORE, Cause, Outcome, Verdict


def cause_of(criterion: str, name: str) -> Cause:
    """Look up a cause by name, among a criterion's own and the common ones.

    Raises KeyError for an unknown name.
    """
    known = CRITERIA.get(criterion)
    if known is None:
        return EQUALITY_CAUSES[name] if name in EQUALITY_CAUSES else COMMON_CAUSES[name]
    causes: Mapping[str, Cause] = {**EQUALITY_CAUSES, **COMMON_CAUSES, **known.causes}
    return causes[name]


def diagnose(
    verdicts: Mapping[str, Verdict], known: Mapping[str, KnownBug] | None = None
) -> dict[str, Verdict]:
    """Name, for each failure that another failure brings about, that other one.

    known: by criterion, the known bug whose evidence a failure equals. It replaces the criterion's own guess.
    """
    named = {name: _named(verdict, (known or {}).get(name)) for name, verdict in verdicts.items()}
    failures = {name: _failure(verdict, known or {}) for name, verdict in named.items() if _failed(verdict)}
    order = list(failures)
    roots: dict[str, str | None] = {}
    for name in order:
        roots[name] = _same_trouble(name, order, named)
        if roots[name] is not None:
            continue
        candidates = [
            other for other in order if other != name and _brings_about(other, name, failures, order)
        ]
        roots[name] = next((other for other in candidates if name not in _chain(other, roots)), None)
    return {name: _explained(verdict, roots.get(name)) for name, verdict in named.items()}


def _explained(verdict: Verdict, root: str | None) -> Verdict:
    return verdict if verdict.explained_by == root else replace(verdict, explained_by=root)


def known_bugs(
    verdicts: Mapping[str, Verdict], evidence: Mapping[str, Evidence], fingerprints: Fingerprints, nonce: str
) -> dict[str, Match]:
    """Find, for the failures of a submission, known bugs that leave the same evidence.

    Unexplained failures come first. Ends early when the time for it is used up.
    """
    watch = Stopwatch()
    known: dict[str, Match] = {}
    failed = [name for name, verdict in verdicts.items() if _failed(verdict) and name in evidence]
    for name in sorted(failed, key=lambda name: verdicts[name].explained_by is not None)[:MAX_COMPARED]:
        if watch.is_over():
            break
        matching = fingerprints.matching(verdicts[name], evidence[name], nonce, watch)
        if matching:
            known[name] = best_match(matching, verdicts[name])
    return known


@dataclass(frozen=True)
class Match:
    """What known bugs that leave the same evidence have in common. remedy: empty where they differ in it."""

    name: str
    source: str
    point: str
    cause: str
    remedy: str
    also_fails: tuple[str, ...]
    bug: str = ""


def best_match(matching: Sequence[KnownBug], verdict: Verdict) -> Match:
    """Sum up bugs that leave the same evidence: the cause that the criterion names too, or the commonest.

    Bugs that numbers cannot tell apart may need different remedies; then none is given.
    """
    causes = [bug.cause for bug in matching]
    cause = verdict.cause if verdict.cause in causes else max(causes, key=causes.count)
    alike = [bug for bug in matching if bug.cause == cause]
    first, remedies = alike[0], {bug.remedy for bug in alike}
    remedy = first.remedy if len(remedies) == 1 else ""
    sentence = first.bug if len({bug.bug for bug in alike}) == 1 else ""
    also_fails = tuple(point for point in first.also_fails if all(point in bug.also_fails for bug in alike))
    return Match(first.name, first.source, first.point, cause, remedy, also_fails, sentence)


def _same_trouble(name: str, order: Sequence[str], verdicts: Mapping[str, Verdict]) -> str | None:
    """Another failure that comes from the same error, and so is no second trouble.

    One whose cause is more than the error itself goes before the earlier ones.
    """
    if verdicts[name].cause not in COMMON_CAUSES:
        return None
    same = [other for other in order if other != name and _is_same_error(verdicts[other], verdicts[name])]
    telling = [other for other in same if verdicts[other].cause not in COMMON_CAUSES]
    earlier = [other for other in same if order.index(other) < order.index(name)]
    return next(iter([*telling, *earlier]), None)


MAX_COMPARED = 3
"""Failures of one submission that are compared with the known bugs; more would cost more than 0.3 s."""

ENDLESS = "out_of_time"
"""An endless loop is interrupted at any of its lines, so its words differ."""


def _is_same_error(one: Verdict, other: Verdict) -> bool:
    """Whether two failures come from one error: the same words, or the same error of an earlier cell."""
    if one.seen == other.seen or one.cause == other.cause == ENDLESS:
        return True
    before = one.seen.partition(BEFORE)[2]
    return bool(before) and before == other.seen.partition(BEFORE)[2]


@dataclass(frozen=True)
class _Failure:
    """A failure as the search for the root sees it: what it explains, and whether its cause is sure."""

    explains: frozenset[str]
    is_known: bool


def _failure(verdict: Verdict, known: Mapping[str, KnownBug]) -> _Failure:
    assert verdict.cause is not None
    bug = known.get(verdict.criterion)
    explains = {*cause_of(verdict.criterion, verdict.cause).explains, *(bug.also_fails if bug else ())}
    return _Failure(frozenset(explains), bug is not None)


def _named(verdict: Verdict, bug: KnownBug | None) -> Verdict:
    """Give a failure the cause of the known bug that it equals."""
    if bug is None or not _failed(verdict):
        return verdict
    cause = cause_of(verdict.criterion, bug.cause)
    return replace(
        verdict,
        cause=bug.cause,
        likely_cause=bug.bug if bug.cause == DIFFERS and bug.bug else cause.bug,
        where_to_look=cause.look,
        known_bug=bug.name,
        remedy=bug.remedy,
    )


def _failed(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.FAILED


def _brings_about(other: str, name: str, failures: Mapping[str, _Failure], order: Sequence[str]) -> bool:
    """Whether one failure explains another.

    Where each explains the other, the sure one does, or else the earlier.
    """
    if name not in failures[other].explains:
        return False
    if other not in failures[name].explains:
        return failures[other].is_known or not failures[name].is_known
    if failures[other].is_known != failures[name].is_known:
        return failures[other].is_known
    return order.index(other) < order.index(name)


def _chain(name: str | None, roots: Mapping[str, str | None]) -> list[str]:
    """The failures that explain a failure, from itself to its root."""
    chain: list[str] = []
    while name is not None and name not in chain:
        chain.append(name)
        name = roots.get(name)
    return chain
