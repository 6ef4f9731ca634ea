"""Fingerprints: evidence that equals what a known bug leaves names that bug exactly.

What the bugs of a point leave with the same nonce is taken from what is known already. Whatever is missing
there is found out by running them, and noted for others.
"""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence

from graders.assignment import Assignment
from graders.bug_runs import AT_A_TIME, BugRuns, KnownBug, read_evidence
from graders.comparable import Comparable
from graders.evidence import Evidence, Unusable, parse
from graders.known_evidence import Known, Texts, nothing_known
from graders.nonce import VARIANTS
from graders.runner import Runner
from graders.signatures import signature
from graders.verdict import Verdict

__all__ = ["BUDGET_SECONDS", "Fingerprints", "KnownBug", "Stopwatch"]

BUDGET_SECONDS = 2.0
"""A safety net for machines that are very busy: some 0.1 s is what running bugs takes, and comparing 1 ms."""


class Fingerprints:
    """Compares evidence with what each known bug of a point leaves for the same nonce.

    signatures: the pinned signature of each bug. Only bugs with the signature of the failure are compared;
    one that has none always is. known: what is known already of the evidence of bugs.
    """

    def __init__(
        self,
        assignment: Assignment,
        runner: Runner,
        bugs: Collection[KnownBug],
        signatures: Mapping[str, str],
        known: Known = nothing_known,
    ) -> None:
        self._runs = BugRuns(assignment)
        self._runner = runner
        self._signatures = signatures
        self._by_point: dict[str, list[KnownBug]] = defaultdict(list)
        for bug in bugs:
            self._by_point[bug.point].append(bug)
        self._known = known
        self._left: OrderedDict[str, _LeftByBugs] = OrderedDict()
        self._learned: dict[str, dict[str, str | None]] = {}

    def matching(
        self, verdict: Verdict, evidence: Evidence, nonce: str, watch: Stopwatch | None = None
    ) -> list[KnownBug]:
        """Return the known bugs of a failure's point that leave the same evidence for the same nonce.

        watch: says when no more bugs are to be run.
        """
        wanted = signature(verdict)
        bugs = [
            bug
            for bug in self._by_point.get(verdict.criterion, ())
            if self._signatures.get(bug.name, wanted) == wanted and self._runs.can_run(bug)
        ]
        if not bugs:
            return []
        left, seen = self._left_with(nonce), Comparable(evidence)
        self._run([bug for bug in bugs if not left.has(bug)], nonce, left, watch)
        return [bug for bug in bugs if left.has(bug) and left.equals(bug, seen)]

    def take_learned(self) -> dict[str, Texts]:
        """Return what was found out since the last call, by nonce."""
        learned: dict[str, Texts] = {**self._learned}
        self._learned = {}
        return learned

    def _run(self, bugs: Sequence[KnownBug], nonce: str, left: _LeftByBugs, watch: Stopwatch | None) -> None:
        for start in range(0, len(bugs), AT_A_TIME):
            if watch is not None and watch.is_over():
                return
            for one in self._runs.run(bugs[start : start + AT_A_TIME], nonce, self._runner):
                left.add(one.bug, one.text)
                if one.is_final:
                    self._learned.setdefault(nonce, {})[self._runs.name_of(one.bug)] = one.text

    def _left_with(self, nonce: str) -> _LeftByBugs:
        """What bugs leave with a nonce; of the nonces that a class has, none is forgotten."""
        if nonce not in self._left:
            self._left[nonce] = _LeftByBugs(self._runs, self._known(nonce))
        self._left.move_to_end(nonce)
        while len(self._left) > VARIANTS:
            self._left.popitem(last=False)
        return self._left[nonce]


class _LeftByBugs:
    """What bugs leave with one nonce, each parsed when it is needed for the first time."""

    def __init__(self, runs: BugRuns, known: Texts) -> None:
        self._runs = runs
        self._known = known
        self._parsed: dict[str, Comparable | None] = {}

    def has(self, bug: KnownBug) -> bool:
        """Whether it is known what a bug leaves."""
        if bug.name not in self._parsed and self._known:
            self._look_up(bug)
        return bug.name in self._parsed

    def add(self, bug: KnownBug, text: str | None) -> None:
        """Note what a bug has left; None where that cannot be used."""
        self._parsed[bug.name] = None if text is None else Comparable(parse(text))

    def equals(self, bug: KnownBug, seen: Comparable) -> bool:
        """Whether evidence is what a bug leaves."""
        known = self._parsed[bug.name]
        return known is not None and seen.equals(known)

    def _look_up(self, bug: KnownBug) -> None:
        name = self._runs.name_of(bug)
        if name not in self._known:
            return
        text = self._known[name]
        try:
            self._parsed[bug.name] = None if text is None else Comparable(read_evidence(text, bug.point))
        except Unusable:
            return  # it is run again


class Stopwatch:
    """Says when the time for comparing is used up."""

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() > self._end
