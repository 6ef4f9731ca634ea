"""What `graders audit --suite` prints of a report."""

from __future__ import annotations

import json

from graders.cli.suite import as_lines, record
from graders.criteria import CRITERIA
from graders.suite_audit.records import PointCoverage, Rejection, SuiteReport

TEST = "test_x.py::test_a"


def row(name: str, survivors: int = 0, doubtful: int = 0) -> PointCoverage:
    criterion = CRITERIA[name]
    return PointCoverage(
        name,
        criterion.title,
        criterion.priority,
        4,
        tuple(f"chaffs/{name}/{i}" for i in range(survivors)),
        tuple(f"chaffs/{name}/d{i}" for i in range(doubtful)),
    )


def report(*rows: PointCoverage, **changes: object) -> SuiteReport:
    empty = dict.fromkeys(
        ("never_fail", "untouched", "fail_on_everything", "fail_on_reference", "unstable"), ()
    )
    more = dict.fromkeys(("skipped", "missing", "notes", "rejected"), ())
    values = {**empty, **more, "broken": {}, "replaced": {}, "touches_trainer": True, **changes}
    return SuiteReport(
        suite="test_x.py", tests=(TEST,), coverage=rows, wheats=3, runs=9, seconds=1.0, **values
    )


def test_rows_say_how_much_is_caught() -> None:
    lines = as_lines(report(row("zero_grad", 1, 2), row("history", 4), row("modes")))
    assert (
        lines[1] == "zero_grad() requirement      75% (3 of 4)        P0 - CRITICAL   1 SURVIVES, 2 DOUBTFUL"
    )
    assert lines[2] == "History tracking             0% (0 of 4)         P2 - MEDIUM     NOT TESTED"
    assert lines[3] == "Train / eval mode            100% (4 of 4)       P1 - HIGH       OK"


def test_tests_that_tell_nothing_are_listed() -> None:
    text = "\n".join(
        as_lines(report(row("modes", 4), never_fail=(TEST,), untouched=(TEST,), touches_trainer=False))
    )
    assert "No test of this suite calls the trainer." in text
    assert f"  {TEST} (does not call the trainer)" in text


def test_long_lists_are_cut() -> None:
    rejected = tuple(Rejection(f"wheats/w{i}", (TEST,)) for i in range(20))
    text = "\n".join(as_lines(report(row("modes"), rejected=rejected)))
    assert "Correct trainers that it rejects, of 4 (20)" in text
    assert "and 8 more, which --json lists" in text


def test_a_suite_is_perfect_only_without_any_blemish() -> None:
    assert report(row("modes")).perfect
    assert not report(row("modes", 1)).perfect
    assert not report(row("modes"), never_fail=(TEST,)).perfect
    assert not report(row("modes"), rejected=(Rejection("wheats/w", (TEST,)),)).perfect


def test_the_record_is_plain_data_with_all_figures() -> None:
    data = json.loads(json.dumps(record(report(row("modes", 1)))))
    assert data["coverage"][0]["caught"] == 3
    assert data["coverage"][0]["status"] == "1 SURVIVES"
    assert data["perfect"] is False
