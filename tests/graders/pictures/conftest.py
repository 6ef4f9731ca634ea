"""Real evidence, of the reference and of trainers with one bug each, for one nonce."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from graders.assignment import Assignment, load
from graders.evidence import Evidence
from graders.grading import observed_in
from graders.judgement import judge
from graders.runner import Job, Runner
from graders.submission import read
from graders.truth import Truths
from graders.verdict import Verdict

NONCE = "pictures"


@dataclass(frozen=True)
class Judged:
    """A criterion's verdict on one chaff, and what it was judged by."""

    verdict: Verdict
    evidence: Evidence
    truth: Evidence


Judge = Callable[[str, str], Judged]


@pytest.fixture(scope="session")
def assignment(repository: Path) -> Assignment:
    return load(repository / "source" / "07_training")


@pytest.fixture(scope="session")
def runner(assignment: Assignment) -> Iterator[Runner]:
    with Runner(assignment.folder) as started:
        yield started


@pytest.fixture(scope="session")
def truth(assignment: Assignment, runner: Runner) -> Mapping[str, Evidence]:
    return Truths(assignment, runner).for_nonce(NONCE)


@pytest.fixture(scope="session")
def judged(assignment: Assignment, runner: Runner, truth: Mapping[str, Evidence], repository: Path) -> Judge:
    """judged(chaff, criterion): run a chaff, such as "zero_grad/zero_grad_missing", and judge it."""
    experiments = tuple((experiment.name, experiment.code) for experiment in assignment.experiments)

    @cache
    def run(chaff: str) -> dict[str, Judged]:
        submission = read(repository / "graders" / "chaffs" / f"{chaff}.py", assignment)
        result = runner.run(Job(submission.cells, experiments, NONCE, as_module=submission.is_module))
        observed = {name: observed_in(result, name) for name, _ in experiments}
        verdicts = judge(observed, truth, assignment.points)
        return {
            name: Judged(verdicts[name], evidence, truth[name])
            for name, seen in observed.items()
            if (evidence := seen.evidence) is not None
        }

    return lambda chaff, criterion: run(chaff)[criterion]
