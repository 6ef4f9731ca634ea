"""The assignment, one runner and the truth, made once per process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from graders import assignment as assignments
from graders.assignment import Assignment
from graders.evidence import Evidence
from graders.grading import Grade, Grader
from graders.judgement import Observed, observe
from graders.runner import Job, Runner
from graders.submission import Submission
from graders.truth import Truths

NONCE = "a nonce of the tests"

Observe = Callable[[Path], Mapping[str, Observed]]


@pytest.fixture(scope="session")
def lesson(repository: Path) -> Assignment:
    """The assignment 07_training, as its instructor wrote it."""
    return assignments.load(repository / "source" / "07_training")


@pytest.fixture(scope="session")
def lesson_runner(lesson: Assignment) -> Iterator[Runner]:
    """A runner on the assignment that all tests share."""
    with Runner(lesson.folder) as started:
        yield started


@pytest.fixture(scope="session")
def truths(lesson: Assignment, lesson_runner: Runner) -> Truths:
    """The truth for any nonce."""
    return Truths(lesson, lesson_runner)


@pytest.fixture(scope="session")
def nonce() -> str:
    """The nonce of tests that need just one."""
    return NONCE


@pytest.fixture(scope="session")
def truth(truths: Truths, nonce: str) -> Mapping[str, Evidence]:
    """What the experiments observe on the reference solution for one nonce."""
    return truths.for_nonce(nonce)


@pytest.fixture(scope="session")
def reference(truth: Mapping[str, Evidence]) -> Mapping[str, Observed]:
    """The evidence of a submission that does exactly what the reference does."""
    return {name: Observed(evidence) for name, evidence in truth.items()}


@pytest.fixture(scope="session")
def grader(lesson: Assignment, lesson_runner: Runner, truths: Truths) -> Grader:
    """The grader of the assignment."""
    return Grader(lesson, lesson_runner, truths)


@pytest.fixture(scope="session")
def grade_code(grader: Grader, nonce: str) -> Callable[..., Grade]:
    """grade_code(*cells): the grade of a module, or of notebook cells where there are several."""

    def grade(*cells: str) -> Grade:
        return grader.grade(Submission(cells, is_module=len(cells) == 1), nonce)

    return grade


@pytest.fixture(scope="session")
def observe_file(lesson: Assignment, lesson_runner: Runner, nonce: str) -> Observe:
    """observe_file(path): what the experiments observe on a plain module."""
    experiments = tuple((experiment.name, experiment.code) for experiment in lesson.experiments)

    def run(path: Path) -> Mapping[str, Observed]:
        result = lesson_runner.run(Job((path.read_text("utf-8"),), experiments, nonce, as_module=True))
        return {name: observe(result.evidence[name], name) for name, _ in experiments}

    return run
