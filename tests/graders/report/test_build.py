"""What the report says of a class, from its gradebook and its autograded notebooks."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbgrader.api import Gradebook
from sqlalchemy.exc import SAWarning

from graders.course import Course
from graders.report import ClassReport, ReportError, build
from graders.report.records import State, Student

if TYPE_CHECKING:
    from conftest import MadeCourse

ASSIGNMENT = "07_training"


def give_by_hand(made: MadeCourse, student: str, name: str, points: float, *, flagged: bool = False) -> None:
    """What formgrader writes; flagged: the student was graded again since."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        with Gradebook(f"sqlite:///{made.gradebook}", "training") as gradebook:
            grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
            grade.manual_score, grade.needs_manual_grade = points, flagged
            gradebook.db.commit()


@pytest.fixture
def report(made: MadeCourse) -> ClassReport:
    return build(made.course, ASSIGNMENT)


def of(report: ClassReport, student: str) -> Student:
    return next(found for found in report.students if found.id == student)


def test_every_student_is_listed_in_the_state_that_the_work_is_in(report: ClassReport) -> None:
    assert {student.id: student.state for student in report.students} == {
        "ash": State.GRADED,
        "birch": State.GRADED,
        "cedar": State.WAITING,
        "elm": State.GRADED,
        "fir": State.MISSING,
        "ivy": State.NOT_GRADED,
    }


def test_figures_count_complete_grades_alone(report: ClassReport) -> None:
    summary = report.summary
    assert (summary.count, summary.lowest, summary.highest) == (3, 0.0, 40.0)
    assert summary.median == 12.5 and summary.mean == pytest.approx(17.5)
    assert {part.low: part.students for part in report.distribution if part.students} == {
        0.0: ("elm",),
        12.0: ("birch",),
        36.0: ("ash",),
    }


def test_pass_rates_count_students_whose_point_has_a_score(report: ClassReport) -> None:
    rates = {rate.point.name: (rate.full, rate.part, rate.none) for rate in report.pass_rates}
    assert rates == {"zero_grad": (1, 0, 3), "scheduling": (2, 1, 1), "essay": (1, 1, 1)}
    assert [rate.point.name for rate in report.pass_rates] == ["zero_grad", "scheduling", "essay"]
    assert report.pass_rates[0].share == 0.25


def test_root_causes_come_by_frequency_with_the_students_behind_them(report: ClassReport) -> None:
    found = [(count.cause.point, count.cause.name, count.students) for count in report.causes]
    assert found == [("zero_grad", "never_cleared", ("birch", "cedar")), (None, "unreadable", ("elm",))]
    assert "missing zero_grad()" in report.causes[0].cause.sentence


def test_a_point_that_waits_has_no_score_and_is_named(report: ClassReport) -> None:
    cedar = of(report, "cedar")
    assert cedar.points["essay"] is None and cedar.waiting == ("essay",)


def test_points_by_hand_that_were_graded_again_are_told_apart_from_points_that_nobody_gave(
    made: MadeCourse,
) -> None:
    give_by_hand(made, "birch", "scheduling", 12.0, flagged=True)
    give_by_hand(made, "ash", "scheduling", 12.0)
    report = build(made.course, ASSIGNMENT)
    birch, cedar = of(report, "birch"), of(report, "cedar")
    assert (birch.state, birch.waiting, birch.unconfirmed) == (
        State.WAITING,
        ("scheduling",),
        ("scheduling",),
    )
    assert (birch.points["scheduling"], cedar.waiting, cedar.unconfirmed) == (12.0, ("essay",), ())
    assert of(report, "ash").state is State.GRADED


def test_runs_that_failed_and_the_slowest_ones_are_found(report: ClassReport) -> None:
    assert [student.id for student in report.failed_runs] == ["elm"]
    assert [(student.id, student.seconds) for student in report.slowest] == [("birch", 7.5), ("ash", 1.25)]


def test_feedback_is_linked_where_there_is_some(report: ClassReport) -> None:
    assert of(report, "ash").feedback == "feedback/ash/07_training/07_training.html"
    assert of(report, "birch").feedback is None


def test_a_verdict_that_is_not_judged_is_a_failed_run(made: MadeCourse) -> None:
    made.autograded("ash", {"verdicts": {"zero_grad": made.verdict("fault", outcome="not_judged")}})
    failed = build(made.course, ASSIGNMENT).failed_runs
    assert [student.id for student in failed] == ["ash", "elm"]
    assert "zero_grad() requirement not judged" in failed[0].failures[0]


def test_a_damaged_autograded_notebook_is_a_problem_of_that_student_alone(made: MadeCourse) -> None:
    made.autograded("ash", {}).write_text('{"cells": [')
    report = build(made.course, ASSIGNMENT)
    assert "grade the student again" in (of(report, "ash").problem or "")
    assert of(report, "ash").score == 40.0 and len(report.students) == 6


@pytest.mark.parametrize(
    "notes",
    [
        {"verdicts": [1]},
        {"verdicts": {"zero_grad": "passed"}},
        {"seconds": "fast"},
        {"seconds": float("inf")},
        {"repairs": None},
    ],
    ids=str,
)
def test_notes_of_another_form_are_left_out(made: MadeCourse, notes: dict[str, object]) -> None:
    made.autograded("ash", notes)
    ash = of(build(made.course, ASSIGNMENT), "ash")
    assert (ash.causes, ash.repairs, ash.seconds, ash.score) == ((), (), None, 40.0)


def test_a_score_given_by_hand_counts_with_extra_credit_less_the_late_penalty(made: MadeCourse) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        with Gradebook(f"sqlite:///{made.gradebook}", "training") as gradebook:
            grade = gradebook.find_grade("zero_grad", ASSIGNMENT, ASSIGNMENT, "birch")
            grade.manual_score, grade.extra_credit = 12.0, 1.0
            notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "birch")
            notebook.late_submission_penalty = 5.0
            gradebook.db.commit()
    birch = of(build(made.course, ASSIGNMENT), "birch")
    assert birch.points["zero_grad"] == 13.0
    assert (birch.penalty, birch.score) == (5.0, 20.5)


def test_the_gradebook_is_left_as_it_is(made: MadeCourse) -> None:
    before = made.gradebook.read_bytes()
    made.gradebook.chmod(0o444)
    build(made.course, ASSIGNMENT)
    assert made.gradebook.read_bytes() == before
    assert sorted(path.name for path in made.root.glob("gradebook.db*")) == ["gradebook.db"]


def test_without_a_gradebook_the_report_says_what_to_do(made: MadeCourse) -> None:
    made.gradebook.unlink()
    with pytest.raises(ReportError, match=r"gradebook\.db does not exist.*graders grade"):
        build(made.course, ASSIGNMENT)
    assert not made.gradebook.exists()


def test_another_assignment_is_told_apart(made: MadeCourse) -> None:
    with pytest.raises(ReportError, match=r"no assignment '08_more'; there are: 07_training"):
        build(made.course, "08_more")


def test_a_file_that_is_no_gradebook_is_told_apart(made: MadeCourse) -> None:
    made.gradebook.write_bytes(b"no database" * 100)
    with pytest.raises(ReportError, match=r"cannot be read \(file is not a database\): put back a backup"):
        build(made.course, ASSIGNMENT)


def test_a_gradebook_of_an_older_nbgrader_is_to_be_upgraded(made: MadeCourse) -> None:
    with closing(sqlite3.connect(made.gradebook)) as connection, connection:
        connection.execute("alter table grade rename column extra_credit to other")
    with pytest.raises(ReportError, match=r"no such column: .*`nbgrader db upgrade`"):
        build(made.course, ASSIGNMENT)


def test_a_folder_in_the_place_of_the_gradebook_is_told_apart(made: MadeCourse) -> None:
    made.gradebook.unlink()
    made.gradebook.mkdir()
    with pytest.raises(ReportError, match=r"gradebook\.db is no file: put back a backup"):
        build(made.course, ASSIGNMENT)


def test_a_folder_s_name_means_nothing_but_itself(made: MadeCourse, tmp_path: Path) -> None:
    root = made.root.rename(tmp_path / "C# course")
    around = set(tmp_path.iterdir())
    report = build(Course(root), ASSIGNMENT)
    assert report.students and set(tmp_path.iterdir()) == around


def test_an_address_that_is_none_is_told_with_the_setting(made: MadeCourse) -> None:
    with (made.root / "nbgrader_config.py").open("a") as file:
        file.write('c.CourseDirectory.db_url = "gradebook.db"\n')
    with pytest.raises(ReportError, match=r"'gradebook\.db' is no address .*c\.CourseDirectory\.db_url"):
        build(made.course, ASSIGNMENT)
