"""`pytest --trainer FILE`: the nine critical tests, on any module or notebook that defines the three names.

The tests are in tests/critical of the repository. With --trainer and no paths on the command line they alone
are run, from any folder. Without --trainer they run on the instructor's solution.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this module is part of every run of pytest, also of those that have no use for it
    from graders.grading import Grade
    from graders.verdict import Verdict

ASSIGNMENT = "07_training"
NONCE = "check"
"""What the tests' numbers are drawn from: as in `graders check`, so that the messages are the same."""

CRITICAL_TESTS = Path(__file__).parents[1] / "tests" / "critical"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --trainer."""
    parser.getgroup("graders").addoption(
        "--trainer",
        metavar="FILE",
        help="run the nine critical tests on this module or notebook (default: on the instructor's solution)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """With --trainer and no paths, run the critical tests and nothing else."""
    if config.option.trainer is None:
        return
    trainer = config.invocation_params.dir / config.option.trainer
    if not trainer.is_file():
        raise pytest.UsageError(f"--trainer: {trainer} is no file: name a Python module or a notebook")
    config.option.trainer = str(trainer)  # absolute, for xdist's workers
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args[:] = [str(CRITICAL_TESTS)]


@pytest.fixture(scope="session")
def trainer_grade(pytestconfig: pytest.Config) -> Iterator[Grade]:
    """The grade of the trainer, made once per session (with xdist, per worker)."""
    from graders.course import find_course
    from graders.fingerprints import Fingerprints
    from graders.grading import Grader
    from graders.library import chaffs
    from graders.runner import Runner
    from graders.signatures import pinned
    from graders.submission import Submission, SubmissionError, read
    from graders.truth import Truths

    course = find_course(CRITICAL_TESTS)
    assignment = course.assignment(ASSIGNMENT)
    trainer = pytestconfig.option.trainer
    try:
        submission = read(Path(trainer), assignment) if trainer else None
    except SubmissionError as error:
        pytest.fail(str(error), pytrace=False)
    submission = submission or Submission(assignment.reference, is_module=False)
    with Runner(assignment.folder) as runner:
        fingerprints = Fingerprints(assignment, runner, chaffs(), pinned())
        grader = Grader(assignment, runner, Truths(assignment, runner, course.root), fingerprints)
        yield grader.grade(submission, NONCE)


@pytest.fixture
def verdict(request: pytest.FixtureRequest, trainer_grade: Grade) -> Verdict:
    """The verdict on the point that is the fixture's parameter; an error if it could not be judged."""
    from graders.messages import as_text
    from graders.verdict import Outcome

    found = trainer_grade.verdicts[request.param]
    if found.outcome is Outcome.NOT_JUDGED:
        pytest.fail(as_text(found, {}), pytrace=False)  # in a fixture that is an error, and no failure
    return found
