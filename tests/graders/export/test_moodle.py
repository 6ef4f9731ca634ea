"""Grades for Moodle, against files in the forms that Moodle exports."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from graders.export import MoodleExportPlugin
from graders.export.sheet import ExportError

Export = Callable[..., Path]


@pytest.fixture
def fill(export: Export, samples: Path) -> Export:
    """fill(name, **settings): a sample, or the file of an absolute path, with the gradebook's grades."""
    return lambda name, **settings: export(MoodleExportPlugin, roster=samples / name, **settings)


def by_email(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["Email address"].partition("@")[0]: row for row in csv.DictReader(file)}


def test_a_worksheet_gets_grades_and_keeps_all_else(fill: Export, samples: Path) -> None:
    given, written = by_email(samples / "moodle_worksheet.csv"), by_email(fill("moodle_worksheet.csv"))
    assert {name: row["Grade"] for name, row in written.items()} == {
        "ash": "39.50",
        "birch": "12.50",
        "cedar": "",
        "elm": "3.00",
        "willow": "",
    }
    for name, row in written.items():
        changed = {column for column in row if row[column] != given[name][column]}
        assert changed <= {"Grade", "Full name"}


def test_a_locked_grade_is_left_alone_and_told(fill: Export, caplog: pytest.LogCaptureFixture) -> None:
    assert by_email(fill("moodle_worksheet.csv"))["elm"]["Grade"] == "3.00"
    assert "elm: Grade: the grade is locked in Moodle" in caplog.text


def test_a_grade_above_moodle_s_maximum_is_left_out_and_told(
    fill: Export, samples: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    roster = tmp_path / "worksheet.csv"
    roster.write_text((samples / "moodle_worksheet.csv").read_text().replace("40.00", "10.00"))
    assert by_email(fill(roster))["ash"]["Grade"] == ""
    assert "39.5 is above Moodle's maximum grade 10.00; set it to 40 there" in caplog.text


def test_a_maximum_that_is_no_number_stops_no_grade(fill: Export, samples: Path, tmp_path: Path) -> None:
    roster = tmp_path / "worksheet.csv"
    roster.write_text((samples / "moodle_worksheet.csv").read_text().replace("40.00", "Distinction"))
    assert by_email(fill(roster))["ash"]["Grade"] == "39.50"


def test_comments_are_kept_and_names_are_made_harmless(fill: Export) -> None:
    rows = by_email(fill("moodle_worksheet.csv"))
    assert rows["ash"]["Feedback comments"] == "- well done"  # Moodle shows it to the student
    assert rows["birch"]["Full name"] == "'@Birch Tree"


def test_a_worksheet_is_of_one_assignment(fill: Export) -> None:
    with pytest.raises(ExportError, match="worksheet of one assignment, and there are 4 columns"):
        fill("moodle_worksheet.csv", points=True)


def test_a_worksheet_without_its_columns_is_refused(fill: Export, samples: Path, tmp_path: Path) -> None:
    roster = tmp_path / "worksheet.csv"
    roster.write_text((samples / "moodle_worksheet.csv").read_text().replace("(grade)", "(Bewertung)"))
    with pytest.raises(ExportError, match=r"no column Last modified \(grade\).*in English"):
        fill(roster)


def test_the_gradebook_s_file_gets_grades_in_the_assignment_s_column(fill: Export) -> None:
    rows = by_email(fill("moodle_gradebook.csv"))
    column = "Assignment: 07_training (Real)"
    assert {name: row[column] for name, row in rows.items()} == {
        "ash": "39.50",
        "birch": "12.50",
        "cedar": "-",
        "willow": "-",
    }
    assert rows["birch"]["Assignment: Reading (Real)"] == "5.00"


def test_students_who_are_not_in_moodle_are_told_and_not_added(
    fill: Export, caplog: pytest.LogCaptureFixture
) -> None:
    """Moodle stops an import at the first student whom it does not know."""
    assert set(by_email(fill("moodle_gradebook.csv"))) == {"ash", "birch", "cedar", "willow"}
    assert "yew: nobody has 'yew@example.edu' as Email address" in caplog.text


def test_identifiers_can_be_id_numbers(fill: Export) -> None:
    path = fill(
        "moodle_gradebook.csv", match="ID number", student_field="lms_user_id", identifiers={"ash": "S-101"}
    )
    assert by_email(path)["ash"]["Assignment: 07_training (Real)"] == "39.50"


def test_a_new_file_has_one_identifier_and_no_student_without_a_grade(export: Export) -> None:
    rows = by_email(export(MoodleExportPlugin, points=True))
    assert rows["yew"]["07_training"] == "11.00" and rows["yew"]["07_training zero_grad"] == "15.00"
    assert set(rows) == {"ash", "birch", "elm", "yew"}


def test_a_student_without_an_address_is_told(export: Export, caplog: pytest.LogCaptureFixture) -> None:
    export(MoodleExportPlugin, student_field="lms_user_id")
    assert "ash: the gradebook has no lms_user_id of this student" in caplog.text


def test_a_worksheet_cannot_be_made_up(export: Export) -> None:
    with pytest.raises(ExportError, match="download it from the assignment"):
        export(MoodleExportPlugin, match="Identifier")


def test_a_student_without_email_is_told_with_how_to_give_one(
    fill: Export, gradebook: Gradebook, caplog: pytest.LogCaptureFixture
) -> None:
    gradebook.find_student("ash").email = None
    fill("moodle_worksheet.csv")
    assert (
        "ash: the gradebook has no email of this student; give it one with "
        "`nbgrader db student import FILE`, a CSV file with the columns id and email"
    ) in caplog.text


def test_a_column_that_the_settings_name_must_be_there(fill: Export, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no column 'Homework 7', which .*only .*'Assignment: Reading"):
        fill("moodle_gradebook.csv", columns={"07_training": "Homework 7"})
    assert not (tmp_path / "out.csv").exists()
