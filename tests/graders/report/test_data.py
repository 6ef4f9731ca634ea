"""The report as JSON and CSV."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import TYPE_CHECKING

import pytest

from graders.report import SCHEMA, ClassReport, build
from graders.report.data import COLUMNS, as_csv, as_record
from graders.report.records import Alike, Pair

if TYPE_CHECKING:
    from conftest import MadeCourse

ASSIGNMENT = "07_training"
POINTS = {"zero_grad": 15.0, "scheduling": 15.0, "essay": 10.0}


@pytest.fixture
def report(made: MadeCourse) -> ClassReport:
    return build(made.course, ASSIGNMENT)


def test_the_record_is_plain_json_and_names_its_schema(report: ClassReport) -> None:
    record = json.loads(json.dumps(as_record(report), allow_nan=False))
    assert record["schema"] == SCHEMA and record["max_score"] == sum(POINTS.values())
    assert [student["id"] for student in record["students"]] == [student.id for student in report.students]
    assert record["alike"] is None


def test_the_record_says_what_the_report_says(report: ClassReport) -> None:
    record = as_record(report)
    assert record["causes"][0]["students"] == ["birch", "cedar"]
    assert record["failed_runs"] == ["elm"] and record["slowest"] == ["birch", "ash"]
    birch = next(student for student in record["students"] if student["id"] == "birch")
    assert birch["points"] == {"zero_grad": 0.0, "scheduling": 7.5, "essay": 5.0}
    assert birch["handed_in"] == "2026-11-15T18:00:00"


def test_points_that_wait_for_a_confirmation_are_named_among_those_that_wait(report: ClassReport) -> None:
    ash = dataclasses.replace(report.students[0], waiting=("essay", "zero_grad"), unconfirmed=("zero_grad",))
    (record,) = as_record(dataclasses.replace(report, students=(ash,)))["students"]
    assert record["needs_manual_grading"] == ["essay", "zero_grad"]
    assert record["needs_confirmation"] == ["zero_grad"]


def test_pairs_that_are_alike_come_with_both_shares(report: ClassReport) -> None:
    alike = Alike(5, 0.4, 0.8, (Pair(("ash", "birch"), (1.0, 0.9)),))
    record = as_record(dataclasses.replace(report, alike=alike))
    assert record["alike"]["pairs"] == [{"students": ["ash", "birch"], "shares": [1.0, 0.9]}]


def test_the_csv_has_one_line_per_student_with_a_column_for_each_point(report: ClassReport) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(report))))
    assert [row["student_id"] for row in rows] == [student.id for student in report.students]
    assert list(rows[0]) == [*COLUMNS, *POINTS]
    assert rows[1]["scheduling"] == "7.5" and rows[1]["root_causes"] == "zero_grad: never_cleared"
    assert rows[2]["essay"] == "" and rows[2]["needs_manual_grading"] == "essay"


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(report: ClassReport) -> None:
    evil = dataclasses.replace(report.students[0], id="=1+1", problem="@SUM(A1)", name="-2")
    rows = list(csv.DictReader(io.StringIO(as_csv(dataclasses.replace(report, students=(evil,))))))
    assert (rows[0]["student_id"], rows[0]["problem"], rows[0]["name"]) == ("'=1+1", "'@SUM(A1)", "-2")
