"""A whole audit: rig, specimens, mutants, and names of the root causes, for one nonce."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graders.assignment import Assignment
from graders.audit import rig
from graders.audit.matrix import Bench, Row, Run, Subject, judged, subject_of
from graders.audit.mutants import Mutant
from graders.audit.naming import known_evidence, left_out, named
from graders.criteria import Criterion, in_order
from graders.evidence import Evidence
from graders.judgement import criterion_of
from graders.library import Chaff, Specimen, Wheat
from graders.runner import Runner
from graders.sandbox.trusted import where_possible
from graders.truth import Truths

Progress = Callable[[str], None]
"""Is called with the name of each subject that was run."""


@dataclass(frozen=True)
class Library:
    """What is run: correct trainers, trainers with a bug, mutants of the reference."""

    wheats: Sequence[Wheat]
    chaffs: Sequence[Chaff]
    mutants: Sequence[Mutant] = ()

    @property
    def subjects(self) -> list[Subject]:
        """All of it, in one order."""
        specimens: list[Specimen] = [*self.wheats, *self.chaffs]
        return [subject_of(specimen) for specimen in specimens] + [m.subject for m in self.mutants]


@dataclass(frozen=True)
class Measured:
    """What an audit measures: the matrix, by name of the specimen.

    guessed: the verdicts as the criteria give them. rows: the same, with the root cause of each chaff named.
    """

    nonce: str
    library: Library
    guessed: Mapping[str, Row]
    rows: Mapping[str, Row]
    truths: Mapping[str, Evidence] = field(repr=False)
    runs: Mapping[str, Run] = field(repr=False)

    @property
    def criteria(self) -> Mapping[str, Criterion]:
        """The judgement of each point, in the order of the report."""
        return {name: criterion_of(name, self.truths[name]) for name in in_order(self.truths)}


def measure(
    assignment: Assignment, library: Library, nonces: Sequence[str], progress: Progress = lambda name: None
) -> Iterable[Measured]:
    """Prove the rig and measure the library, nonce by nonce.

    Raises:
        RigError: the measurement itself cannot be trusted.
        AssignmentError: the reference solution does not get through its own experiments.
        RunnerError: a runner cannot start.
    """
    with Bench(assignment) as bench, Runner(assignment.folder, sandbox=where_possible()) as runner:
        for nonce in nonces:
            truths = Truths(assignment, runner).for_nonce(nonce)
            rig.prove(bench, truths, nonce)
            yield _measure(bench, truths, library, nonce, progress)


def _measure(
    bench: Bench, truths: Mapping[str, Evidence], library: Library, nonce: str, progress: Progress
) -> Measured:
    runs, guessed = {}, {}
    for run in bench.observe(library.subjects, nonce):
        name = run.subject.name
        runs[name], guessed[name] = run, judged(run, truths, bench.assignment.points)
        progress(name)
    return _named(library, runs, guessed, truths, nonce)


def judge_all(
    library: Library,
    runs: Mapping[str, Run],
    truths: Mapping[str, Evidence],
    points: Mapping[str, float],
    nonce: str,
) -> Measured:
    """Judge everything that was observed. Runs nothing."""
    guessed = {name: judged(run, truths, points) for name, run in runs.items()}
    return _named(library, runs, guessed, truths, nonce)


def _named(
    library: Library,
    runs: Mapping[str, Run],
    guessed: Mapping[str, Row],
    truths: Mapping[str, Evidence],
    nonce: str,
) -> Measured:
    known, rows = known_evidence(library.chaffs, runs), dict(guessed)
    for chaff in library.chaffs:
        without = chaff.name if left_out(chaff, library.chaffs) else None
        rows[chaff.name] = named(guessed[chaff.name], runs[chaff.name], known, without)
    return Measured(nonce, library, guessed, rows, truths, runs)
