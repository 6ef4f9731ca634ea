"""From the runs of a suite to its report; a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from graders.criteria import CRITERIA
from graders.library import Chaff, Wheat
from graders.suite_audit.records import PointCoverage, Rejection, Run, SuiteReport

REFERENCE = "the instructor's solution"

MAX_REASONS = 3
"""Tests that are named for one rejected trainer; more would only repeat the message."""


class Assessment:
    """What can be said of the tests of a suite.

    references: runs on the reference, with different random numbers. others: runs on all other trainers, by
    name. wheats: names of those that are correct.
    """

    def __init__(self, references: Sequence[Run], others: Mapping[str, Run], wheats: Sequence[str]) -> None:
        self._references = references
        self._others = others
        self._wheats = wheats
        self.tests = tuple(dict.fromkeys(test for run in references for test in run.outcomes))
        self.sound = tuple(test for test in self.tests if self._on_reference(test) == {"passed"})
        """The tests that count: those that the reference passes, whatever the random numbers."""

    def _on_reference(self, test: str) -> set[str]:
        return {run.outcomes.get(test, "failed") for run in self._references}

    @property
    def failing(self) -> tuple[str, ...]:
        """The tests that the reference always fails."""
        return tuple(test for test in self.tests if self._on_reference(test) == {"failed"})

    @property
    def unstable(self) -> tuple[str, ...]:
        """The tests that the reference passes with some random numbers only."""
        return tuple(test for test in self.tests if {"passed", "failed"} <= self._on_reference(test))

    @property
    def skipped(self) -> tuple[str, ...]:
        """The tests that say nothing of the reference."""
        return tuple(test for test in self.tests if self._on_reference(test) == {"skipped"})

    @property
    def fair(self) -> tuple[str, ...]:
        """The tests that may reject a correct trainer: those that pass on one, if only on a wheat."""
        correct = [*self._references, *(run for name, run in self._others.items() if name in self._wheats)]
        return tuple(
            test
            for test in self.tests
            if test not in self.unstable and any(run.outcomes.get(test) == "passed" for run in correct)
        )

    @property
    def rejecting(self) -> frozenset[str]:
        """The tests that fail a correct trainer."""
        wheats = [self._others[name] for name in self._wheats]
        return frozenset(
            test for test in self.fair if any(run.outcomes.get(test) == "failed" for run in wheats)
        )

    def objections(self, run: Run, tests: Sequence[str]) -> tuple[str, ...]:
        """The reasons for which these tests fail a trainer; none if they pass it."""
        if run.ending != "finished":
            return (how_it_ended(run),)
        failed = tuple(test for test in tests if run.outcomes.get(test) == "failed")
        absent = [test for test in tests if test not in run.outcomes]
        return failed or ((f"{len(absent)} of the tests could not be run",) if absent else ())

    def always(self, outcome: str, tests: Iterable[str]) -> tuple[str, ...]:
        """Those of the tests that have one outcome wherever they run."""
        runs = [*self._references, *self._others.values()]
        return tuple(
            test for test in tests if all(run.outcomes.get(test, outcome) == outcome for run in runs)
        )


def assess(
    suite: Path,
    references: Sequence[Run],
    traced: Run,
    nothing: Run,
    runs: Mapping[str, Run],
    wheats: Sequence[Wheat],
    chaffs: Sequence[Chaff],
    seconds: float,
) -> SuiteReport:
    """Make the report.

    traced: a run on the reference that says which tests touch it. nothing: on a trainer that does nothing.
    """
    known = Assessment(references, {**runs, nothing.trainer: nothing}, [wheat.name for wheat in wheats])
    never_fail = known.always("passed", known.sound)
    everywhere = known.always("failed", known.failing)
    everything = [*references, nothing, *runs.values()]
    return SuiteReport(
        suite=str(suite),
        tests=known.tests,
        coverage=_coverage(known, runs, chaffs),
        rejected=_rejected(known, runs, wheats),
        wheats=len(wheats),
        never_fail=never_fail,
        untouched=() if "" in traced.touched else tuple(t for t in never_fail if t not in traced.touched),
        fail_on_everything=everywhere,
        fail_on_reference=tuple(test for test in known.failing if test not in everywhere),
        unstable=known.unstable,
        skipped=known.skipped,
        touches_trainer=bool(traced.touched),
        broken=references[0].broken,
        missing=tuple(sorted({name for run in everything for name in run.missing})),
        replaced=dict(sorted((name, by) for run in everything for name, by in run.replaced.items())),
        notes=tuple(f"{name}: {how_it_ended(run)}" for name, run in runs.items() if run.ending != "finished"),
        runs=len(everything) + 1,
        seconds=seconds,
    )


def _coverage(
    known: Assessment, runs: Mapping[str, Run], chaffs: Sequence[Chaff]
) -> tuple[PointCoverage, ...]:
    sound, rejecting = known.sound, known.rejecting
    reasons = {chaff.name: known.objections(runs[chaff.name], sound) for chaff in chaffs}
    rows = []
    for name, criterion in CRITERIA.items():
        own = [chaff.name for chaff in chaffs if chaff.point == name]
        survivors = tuple(chaff for chaff in own if not reasons[chaff])
        doubtful = tuple(chaff for chaff in own if reasons[chaff] and rejecting.issuperset(reasons[chaff]))
        rows.append(PointCoverage(name, criterion.title, criterion.priority, len(own), survivors, doubtful))
    return tuple(rows)


def _rejected(known: Assessment, runs: Mapping[str, Run], wheats: Sequence[Wheat]) -> tuple[Rejection, ...]:
    fair = known.fair
    rejected = {REFERENCE: tuple(test for test in known.failing if test in fair)}
    rejected.update({wheat.name: known.objections(runs[wheat.name], fair) for wheat in wheats})
    return tuple(Rejection(name, _first(reasons)) for name, reasons in rejected.items() if reasons)


def _first(reasons: tuple[str, ...]) -> tuple[str, ...]:
    more = len(reasons) - MAX_REASONS
    return (*reasons[:MAX_REASONS], f"and {more} more") if more > 0 else reasons


def how_it_ended(run: Run) -> str:
    """Say how a run ended that did not finish."""
    where = f"in {run.ended_in}" if run.ended_in else "outside of any test"
    if run.ending == "timed_out":
        return f"did not come to an end {where}"
    return f"ended the process {where}"
