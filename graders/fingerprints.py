"""Fingerprints: evidence that equals what a known bug leaves names that bug exactly.

The chaffs of a point run the same experiment, with the same nonce, in one process of their own.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from graders.assignment import Assignment, Experiment
from graders.criteria.base import ROUNDING, agree
from graders.evidence import Evidence, PartEvidence, Unusable, Value, parse
from graders.nonce import VARIANTS
from graders.runner import Job, Runner
from graders.signatures import signature
from graders.verdict import Verdict

BUDGET_SECONDS = 2.0
"""A safety net for machines that are very busy: some 0.1 s is what the comparing takes."""

AT_A_TIME = 24
"""Bugs that are run in one job, between two looks at the clock: some 150 ms, a sixth of it for the job."""

KEEPS_STATE = "shared"
"""The cause of bugs whose state outlives a trainer."""


class KnownBug(Protocol):
    """A chaff, as far as it is needed here."""

    @property
    def name(self) -> str:
        """Its name, unique among all chaffs."""

    @property
    def source(self) -> str:
        """Its code."""

    @property
    def point(self) -> str:
        """The criterion of its root cause."""

    @property
    def cause(self) -> str:
        """The name of its cause, one of that criterion's."""

    @property
    def bug(self) -> str:
        """What is wrong, in a sentence; empty where nothing is known."""

    @property
    def remedy(self) -> str:
        """What to change, in a sentence."""

    @property
    def also_fails(self) -> Sequence[str]:
        """The points that fail as a consequence."""


class Fingerprints:
    """Compares evidence with what each known bug of a point leaves for the same nonce.

    signatures: the pinned signature of each bug. Only bugs with the signature of the failure are run; one
    that has none is always run.
    """

    def __init__(
        self,
        assignment: Assignment,
        runner: Runner,
        bugs: Collection[KnownBug],
        signatures: Mapping[str, str],
    ) -> None:
        self._experiments = {experiment.name: experiment for experiment in assignment.experiments}
        self._runner = runner
        self._bugs = bugs
        self._signatures = signatures
        self._known: OrderedDict[str, dict[str, Evidence | None]] = OrderedDict()

    def matching(
        self, verdict: Verdict, evidence: Evidence, nonce: str, watch: Stopwatch | None = None
    ) -> list[KnownBug]:
        """Return the known bugs of a failure's point that leave the same evidence for the same nonce.

        watch: says when to end with what was found so far.
        """
        wanted = signature(verdict)
        bugs = [
            bug
            for bug in self._bugs
            if bug.point == verdict.criterion and self._signatures.get(bug.name, wanted) == wanted
        ]
        found: list[KnownBug] = []
        for start in range(0, len(bugs), AT_A_TIME):
            if watch is not None and watch.is_over():
                break
            left = self._left_by(bugs[start : start + AT_A_TIME], verdict.criterion, nonce)
            found += [bug for bug, known in left if known is not None and same(evidence, known)]
        return found

    def _left_by(
        self, bugs: Sequence[KnownBug], point: str, nonce: str
    ) -> list[tuple[KnownBug, Evidence | None]]:
        known = self._known_for(nonce)
        new = [bug for bug in bugs if bug.name not in known]
        if new and point in self._experiments:
            names = list(self._experiments)
            before = [self._experiments[name] for name in names[: names.index(point)]]
            result = self._runner.run(_job(new, before, self._experiments[point], nonce))
            for bug in new:
                known[bug.name] = _only(result.evidence.get(bug.name, ()), point)
        return [(bug, known.get(bug.name)) for bug in bugs]

    def _known_for(self, nonce: str) -> dict[str, Evidence | None]:
        """What the bugs left so far with a nonce; of the nonces that a class has, none is forgotten."""
        self._known.setdefault(nonce, {})
        self._known.move_to_end(nonce)
        while len(self._known) > VARIANTS:
            self._known.popitem(last=False)
        return self._known[nonce]


def _job(bugs: Sequence[KnownBug], before: Sequence[Experiment], experiment: Experiment, nonce: str) -> Job:
    """One job for all bugs: each gets a module of its own, and the experiment runs in each of them.

    before: the experiments that come earlier in the notebook. A bug that keeps state from one trainer to
    the next needs them too, to be in the state in which a submission is.
    """
    begin = (
        "import sys as _sys, types as _types\n"
        "import tinystack.lab\n"
        "_lab = _sys.modules['tinystack.lab.experiment']  # the package has a function of this name\n"
        "_emit = _lab.emit\n"
        "def _run(name, source, experiments):\n"
        "    module = _sys.modules[name] = _types.ModuleType(name)\n"
        "    exec(compile(source, name, 'exec'), module.__dict__)\n"
        "    for number, experiment in enumerate(experiments, start=1):\n"
        "        _lab.emit = _emit if number == len(experiments) else lambda name, text: None\n"
        "        exec(experiment, module.__dict__)\n"
        f"_codes = {[e.code for e in (*before, experiment)]!r}\n"
        "_experiments = [compile(code, 'experiment', 'exec') for code in _codes]\n"
    )
    runs = tuple((bug.name, _call(bug)) for bug in bugs)
    return Job((begin,), runs, nonce, once=True)


def _call(bug: KnownBug) -> str:
    experiments = "_experiments" if bug.cause == KEEPS_STATE else "_experiments[-1:]"
    return f"_run({'chaff_' + bug.name!r}, {bug.source!r}, {experiments})"


def _only(texts: Sequence[str], experiment: str) -> Evidence | None:
    """The evidence of one experiment among what was left; None where it cannot be used."""
    try:
        found = [evidence for evidence in map(parse, texts) if evidence.experiment == experiment]
    except Unusable:
        return None
    return found[0] if len(found) == 1 else None


class Stopwatch:
    """Says when the time for comparing is used up."""

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def is_over(self) -> bool:
        """Whether the time is used up."""
        return time.monotonic() > self._end


def same(one: Evidence, other: Evidence) -> bool:
    """Whether two pieces of evidence are equal but for rounding, errors included."""
    return (
        one.experiment == other.experiment
        and (one.error is None) == (other.error is None)
        and one.parts.keys() == other.parts.keys()
        and all(_same_part(one.parts[name], other.parts[name]) for name in one.parts)
    )


def _same_part(one: PartEvidence, other: PartEvidence) -> bool:
    if (one.error is None) != (other.error is None):
        return False
    if one.error is not None and other.error is not None and one.error.type != other.error.type:
        return False
    return one.observed.keys() == other.observed.keys() and all(
        _same_value(one.observed[name], other.observed[name]) for name in one.observed
    )


def _same_value(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return (
            one == other
            or abs(one - other) <= ROUNDING * max(1.0, abs(one))
            or (one != one and other != other)
        )
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return agree(one, other) or np.array_equal(one, other, equal_nan=True)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_value(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other
