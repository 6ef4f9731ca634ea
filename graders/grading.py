"""Grading as a pure function: (assignment, submission, nonce) -> verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graders.assignment import Assignment
from graders.diagnosis import diagnose, known_bugs
from graders.evidence import Evidence
from graders.execution import what_stopped
from graders.fingerprints import Fingerprints
from graders.judgement import Observed, judge, observe
from graders.runner import Job, Limits, Result, Runner, RunnerError
from graders.submission import Submission
from graders.troubles import CodeCell, Kind, Place, Trouble, of_error
from graders.truth import Truths
from graders.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Grade:
    """The verdicts of one submission, by criterion, and what had to be repaired in its notebook."""

    verdicts: Mapping[str, Verdict]
    repairs: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Points earned, over all criteria."""
        return sum(verdict.score for verdict in self.verdicts.values())

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return sum(verdict.max_score for verdict in self.verdicts.values())

    @property
    def passed(self) -> bool:
        """Whether every criterion passed."""
        return all(verdict.outcome is Outcome.PASSED for verdict in self.verdicts.values())

    @property
    def root_causes(self) -> tuple[Verdict, ...]:
        """The failed verdicts that no other failure explains."""
        failed = [verdict for verdict in self.verdicts.values() if verdict.outcome is Outcome.FAILED]
        return tuple(verdict for verdict in failed if verdict.explained_by is None)


class Grader:
    """Grades submissions of one assignment: a runner for the untrusted code, the truth for each nonce.

    fingerprints: where given, failures that equal those of a known bug are named by it.
    """

    def __init__(
        self, assignment: Assignment, runner: Runner, truths: Truths, fingerprints: Fingerprints | None = None
    ) -> None:
        self.assignment = assignment
        self._runner = runner
        self._truths = truths
        self._fingerprints = fingerprints

    def grade(self, submission: Submission, nonce: str) -> Grade:
        """Run a submission and judge what was observed.

        Raises:
            AssignmentError: the reference solution does not get through its own experiments.
            RunnerError: the known bugs could not be run.
        """
        observed = self._observe(submission, nonce)
        verdicts = judge(observed, self._truths.for_nonce(nonce), self.assignment.points)
        if self._fingerprints is not None:
            verdicts = diagnose(
                verdicts, known_bugs(verdicts, evidence_in(observed), self._fingerprints, nonce)
            )
        return Grade(verdicts, submission.repairs)

    def _observe(self, submission: Submission, nonce: str) -> dict[str, Observed]:
        experiments = tuple((experiment.name, experiment.code) for experiment in self.assignment.experiments)
        limits = self._runner.limits
        job = Job(submission.cells, experiments, nonce, as_module=submission.is_module)
        try:
            result = self._runner.run(job)
        except RunnerError as error:
            return {name: Observed(fault=f"the tests could not be run: {error}") for name, _ in experiments}
        cells = _code_cells(submission, result, limits)
        return {name: observed_in(result, name, cells) for name, _ in experiments}


def evidence_in(observed: Mapping[str, Observed]) -> dict[str, Evidence]:
    """Return the evidence of those experiments that left any."""
    return {name: known.evidence for name, known in observed.items() if known.evidence is not None}


def observed_in(result: Result, experiment: str, cells: Sequence[CodeCell] = ()) -> Observed:
    """What a run shows of one experiment: its evidence, or the reason why there is none.

    cells: the code that was run before it, with what went wrong there.
    """
    texts = result.evidence.get(experiment, ())
    if texts:
        return observe(texts, experiment, cells)
    ending = result.endings.get(experiment)
    missing = _MISSING.get(ending.how if ending else "", "no_evidence")
    reason = ending.text if ending and ending.text else "the hidden test left no observations"
    return Observed(missing=(missing, reason), cells=cells)


_MISSING = {"timed_out": "out_of_time", "died": "ended", "not_reached": "out_of_time"}


def _code_cells(submission: Submission, result: Result, limits: Limits) -> tuple[CodeCell, ...]:
    """The cells of a submission that was run, with what went wrong in each."""
    count = len(submission.cells)
    numbers: Sequence[int | None] = submission.numbers or range(1, count + 1)
    if submission.is_module:
        numbers = [None] * count
    troubles = _troubles(result, numbers, limits)
    solutions = submission.solutions or (False,) * count
    return tuple(
        CodeCell(source, number, solution, troubles.get(index))
        for index, (source, number, solution) in enumerate(
            zip(submission.cells, numbers, solutions, strict=True)
        )
    )


def _troubles(result: Result, numbers: Sequence[int | None], limits: Limits) -> dict[int, Trouble]:
    """What went wrong, by the index of the cell."""
    found = {}
    for error in result.cell_errors:
        cell = numbers[error.cell] if error.cell is not None and 0 <= error.cell < len(numbers) else None
        place = None if error.line is None else Place(error.line, cell)
        found[error.index] = of_error(error.type, error.message, place)
    for ended in result.lethal_cells:
        kind = "module" if numbers[ended.index] is None else "cell"
        told = what_stopped(ended.how, ended.text, limits, kind)
        found[ended.index] = Trouble(Kind(ended.how), told)
    return found
