"""The matrix: every specimen under every experiment, run in parallel, in pure records."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from graders.assignment import Assignment
from graders.evidence import Evidence
from graders.grading import observed_in
from graders.judgement import Observed, judge
from graders.library import Chaff, Specimen, Wheat
from graders.runner import Job, Runner, RunnerError
from graders.sandbox.trusted import where_possible
from graders.verdict import Outcome, Verdict

WORKERS = 2
"""Runners, each with a process of its own; more than there are cores gain nothing."""

Kind = Literal["rig", "wheat", "chaff", "mutant"]


@dataclass(frozen=True)
class Subject:
    """Code to be run: a module, or the cells of a notebook where there are several."""

    name: str
    kind: Kind
    cells: tuple[str, ...]

    @property
    def is_module(self) -> bool:
        """Whether it is one file, as a specimen of the library is."""
        return len(self.cells) == 1


@dataclass(frozen=True)
class Run:
    """What the experiments observed on one subject."""

    subject: Subject
    observed: Mapping[str, Observed]


@dataclass(frozen=True)
class Row:
    """A line of the matrix: the verdicts on one subject, by criterion."""

    name: str
    kind: Kind
    verdicts: Mapping[str, Verdict]

    @property
    def score(self) -> float:
        """Points earned, over all criteria."""
        return sum(verdict.score for verdict in self.verdicts.values())

    @property
    def failed(self) -> tuple[str, ...]:
        """Criteria that did not pass, or could not be judged: an audit takes nothing on trust."""
        return tuple(name for name, v in self.verdicts.items() if v.outcome is not Outcome.PASSED)

    @property
    def roots(self) -> tuple[Verdict, ...]:
        """Failures that no other failure explains."""
        failures = (v for v in self.verdicts.values() if v.outcome is Outcome.FAILED)
        return tuple(verdict for verdict in failures if verdict.explained_by is None)


def subject_of(specimen: Specimen) -> Subject:
    """Make a subject of a specimen of the library."""
    kinds: Mapping[type, Kind] = {Wheat: "wheat", Chaff: "chaff"}
    return Subject(specimen.name, kinds[type(specimen)], (specimen.source,))


class Bench:
    """Runs subjects on the experiments of an assignment, several at a time. Use as a context manager.

    Raises:
        RunnerError: a runner cannot start.
    """

    def __init__(self, assignment: Assignment, workers: int = WORKERS) -> None:
        self.assignment = assignment
        self._experiments = tuple((e.name, e.code) for e in assignment.experiments)
        self._workers = workers
        self._idle: queue.SimpleQueue[Runner] = queue.SimpleQueue()
        self._exits = ExitStack()

    def __enter__(self) -> Bench:
        with ExitStack() as exits:
            for _ in range(self._workers):
                self._idle.put(exits.enter_context(Runner(self.assignment.folder, sandbox=where_possible())))
            self._pool = exits.enter_context(ThreadPoolExecutor(self._workers))
            self._exits = exits.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._exits.close()

    def observe(self, subjects: Iterable[Subject], nonce: str) -> Iterator[Run]:
        """Run subjects, and yield what was observed in the order in which they were given."""
        yield from self._pool.map(lambda subject: self._run(subject, nonce), subjects)

    def _run(self, subject: Subject, nonce: str) -> Run:
        job = Job(subject.cells, self._experiments, nonce, as_module=subject.is_module)
        runner = self._idle.get()
        try:
            result = runner.run(job)
        except RunnerError as error:
            fault = Observed(fault=f"the tests could not be run: {error}")
            return Run(subject, {name: fault for name, _ in self._experiments})
        finally:
            self._idle.put(runner)
        return Run(subject, {name: observed_in(result, name) for name, _ in self._experiments})


def judged(run: Run, truths: Mapping[str, Evidence], points: Mapping[str, float]) -> Row:
    """Judge what was observed on one subject."""
    return Row(run.subject.name, run.subject.kind, judge(run.observed, truths, points))
