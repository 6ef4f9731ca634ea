"""Four suites on the whole library, with the figures that each deserves."""

from __future__ import annotations

from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.criteria import CRITERIA
from graders.suite_audit.measure import measure_suite
from graders.suite_audit.records import SuiteReport

pytestmark = pytest.mark.timeout(300)  # the first test of each suite runs it on 300 trainers

NOTHING = dict.fromkeys(CRITERIA, 0)

CONVERGENCE = {
    **NOTHING,
    "orchestration": 11,
    "zero_grad": 9,
    "convergence": 17,
    "scheduling": 1,
    "clipping": 1,
}
"""Bugs that keep the loss from falling, wherever they are."""


@pytest.fixture(scope="module")
def reports() -> dict[str, SuiteReport]:
    return {}


@pytest.fixture
def report(
    request: pytest.FixtureRequest, reports: dict[str, SuiteReport], suites: Path, lesson: Assignment
) -> SuiteReport:
    name = request.param
    if name not in reports:
        reports[name] = measure_suite(suites / f"suite_{name}.py", lesson)
    return reports[name]


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("report", [name], indirect=True)


def caught(report: SuiteReport) -> dict[str, int]:
    return {row.point: row.caught for row in report.coverage}


def names(tests: tuple[str, ...]) -> set[str]:
    return {test.rpartition("::")[2] for test in tests}


@of("asserts_nothing")
def test_a_suite_that_asserts_nothing_catches_nothing(report: SuiteReport) -> None:
    assert caught(report) == NOTHING
    assert report.touches_trainer


@of("asserts_nothing")
def test_a_suite_that_asserts_nothing_can_never_fail(report: SuiteReport) -> None:
    assert report.never_fail == report.tests
    assert len(report.tests) == 4
    assert not report.rejected
    assert not report.perfect


@of("only_optimizer")
def test_a_suite_that_tests_the_optimizer_catches_no_bug_of_a_trainer(report: SuiteReport) -> None:
    assert caught(report) == NOTHING
    assert not report.touches_trainer


@of("only_optimizer")
def test_tests_that_do_not_call_the_trainer_are_listed(report: SuiteReport) -> None:
    assert report.untouched == report.never_fail == report.tests
    assert set(report.replaced) == {"Adam", "enable_autograd"}


@of("only_convergence")
def test_a_convergence_test_catches_what_keeps_the_loss_from_falling(report: SuiteReport) -> None:
    assert caught(report) == CONVERGENCE
    assert not report.never_fail


@of("only_convergence")
def test_a_convergence_test_accepts_every_correct_trainer(report: SuiteReport) -> None:
    assert not report.rejected
    assert not any(row.doubtful for row in report.coverage)


@of("one_zero_grad")
def test_a_single_place_for_zero_grad_rejects_correct_trainers(report: SuiteReport) -> None:
    assert len(report.rejected) == 21
    assert {"wheats/objects_swapped_in", "wheats/callbacks_list"} <= {r.trainer for r in report.rejected}
    assert all(
        names(item.reasons) == {"test_zero_grad_comes_right_before_each_forward_pass"}
        for item in report.rejected
    )


@of("one_zero_grad")
def test_what_a_style_check_catches_is_doubtful(report: SuiteReport) -> None:
    assert caught(report)["zero_grad"] == 20
    assert all(len(row.doubtful) == row.caught for row in report.coverage)
