"""`pytest --trainer FILE`: nine tests with the messages of `graders check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.criteria import CRITERIA
from graders.library import chaffs, wheats
from graders.pytest_plugin import CRITICAL_TESTS

pytest_plugins = ("pytester",)

pytestmark = pytest.mark.timeout(300)  # each starts pytest anew, with all its plug-ins, and grades a trainer

NOT_JUDGED = """
import pytest
from graders.grading import Grade
from graders.verdict import Outcome, Verdict

@pytest.fixture(scope="session")
def trainer_grade():
    verdict = Verdict("zero_grad", "zero_grad() requirement", 0, 15, Outcome.NOT_JUDGED, seen="no memory")
    return Grade({"zero_grad": verdict})
"""

ONE_TEST = """
import pytest

@pytest.mark.parametrize("verdict", ["zero_grad"], indirect=True)
def test_integration_point(verdict):
    pass
"""


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


@pytest.fixture
def wrong(pytester: pytest.Pytester) -> Path:
    """A trainer that never clears gradients."""
    chaff = next(chaff for chaff in chaffs() if chaff.cause == "never_cleared")
    return pytester.makepyfile(trainer=chaff.source)


def test_a_correct_trainer_passes_nine_tests_named_by_the_nine_points(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(trainer=wheats()[0].source)
    result = run(pytester, "--trainer", "trainer.py", "-v")
    result.assert_outcomes(passed=9)
    result.stdout.fnmatch_lines([f"*test_integration_point?{name}? PASSED*" for name in CRITERIA])


def test_a_failure_is_the_message_and_nothing_else(pytester: pytest.Pytester, wrong: Path) -> None:
    result = run(pytester, f"--trainer={wrong}", "-k", "zero_grad")
    result.assert_outcomes(failed=1, deselected=8)
    result.stdout.fnmatch_lines(
        [
            "*test_integration_point?zero_grad?*",
            "❌ zero_grad() requirement: * → BUG: missing zero_grad() in the training loop*",
            "   Seen: *",
            "   Expected: *",
            "   Likely cause: *",
            "   Where to look: *",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "pytest.fail" not in result.stdout.str()


def test_only_the_critical_tests_run_where_others_lie_about(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(trainer=wheats()[0].source, test_other="def test_other(): assert False")
    run(pytester, "--trainer", "trainer.py").assert_outcomes(passed=9)


def test_paths_on_the_command_line_are_obeyed(pytester: pytest.Pytester, wrong: Path) -> None:
    pytester.makepyfile(test_other="def test_other(): pass")
    run(pytester, "--trainer", str(wrong), "test_other.py").assert_outcomes(passed=1)


def test_it_works_with_several_processes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(trainer=wheats()[0].source)
    run(pytester, "--trainer", "trainer.py", "-n", "2").assert_outcomes(passed=9)


def test_a_trainer_that_cannot_be_read_is_named(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--trainer", "nowhere.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--trainer: *nowhere.py is no file: name a Python module or a notebook"])


def test_a_file_that_is_no_notebook_is_an_error_and_no_failure(pytester: pytest.Pytester) -> None:
    pytester.makefile(".ipynb", trainer="no JSON")
    result = run(pytester, "--trainer", "trainer.ipynb")
    result.assert_outcomes(errors=9)
    result.stdout.fnmatch_lines(["*trainer.ipynb is no JSON*"])


def test_what_could_not_be_judged_is_an_error_and_no_failure(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(NOT_JUDGED)
    pytester.makepyfile(ONE_TEST)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["⚠️ zero_grad() requirement: *not judged*", "   Seen: no memory"])


def test_without_a_trainer_the_option_changes_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_a(): pass")
    run(pytester).assert_outcomes(passed=1)


def test_the_critical_tests_are_where_the_option_looks_for_them() -> None:
    assert [path.name for path in CRITICAL_TESTS.glob("test_*.py")] == ["test_integration_points.py"]
