"""Grades for Canvas, against files in the form that Canvas exports."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from graders.export import CanvasExportPlugin
from graders.export.sheet import ExportError

Export = Callable[..., Path]

COLUMN = "07_training (4712)"


@pytest.fixture
def fill(export: Export, samples: Path) -> Export:
    """fill(**settings): the sample with the grades of the gradebook."""

    def run(**settings: object) -> Path:
        given = {"roster": samples / "canvas.csv", "student_field": "email", **settings}
        return export(CanvasExportPlugin, **given)

    return run


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file, delimiter=delimiter))


def column_of(path: Path, name: str = COLUMN) -> dict[str, str]:
    """The cells of a column, by what Canvas calls ID."""
    header, *rows = rows_of(path)
    return {row[1]: row[header.index(name)] for row in rows if row[1]}


def test_grades_go_into_the_column_of_the_assignment_and_nothing_else_changes(
    fill: Export, samples: Path
) -> None:
    written, given = rows_of(fill()), rows_of(samples / "canvas.csv")
    place = given[0].index(COLUMN)
    assert column_of(fill()) == {"101": "39.50", "102": "12.50", "103": "20.00", "109": "N/A", "999": ""}
    for before, after in zip(given, written, strict=True):
        assert before[1:place] == after[1:place] and before[place + 1 :] == after[place + 1 :]


def test_a_grade_that_waits_for_a_human_leaves_the_cell_as_it_is(
    fill: Export, caplog: pytest.LogCaptureFixture
) -> None:
    assert column_of(fill())["103"] == "20.00"
    assert "not exported yet: cedar: 07_training needs manual grading" in caplog.text
    assert column_of(fill(unfinished=True))["103"] == "15.00"


def test_points_by_hand_that_were_graded_again_are_the_reason_that_is_told(
    fill: Export, gradebook: Gradebook, caplog: pytest.LogCaptureFixture
) -> None:
    confirm = "points given by hand in 'scheduling', 'essay' wait for your confirmation (in formgrader, press"
    for student, names in {"birch": ("essay", "scheduling"), "cedar": ("scheduling",)}.items():
        for name in names:
            grade = gradebook.find_grade(name, "07_training", "07_training", student)
            grade.manual_score, grade.needs_manual_grade = 4.0, True
    gradebook.db.commit()
    assert column_of(fill())["102"] == "12.50", "which was there before"
    assert f"not exported yet: birch: 07_training: {confirm}" in caplog.text
    assert "birch: 07_training needs manual grading" not in caplog.text
    assert (
        "cedar: 07_training needs manual grading; 07_training: points given by hand in 'sched" in caplog.text
    )


def test_nobody_is_dropped_without_a_word(fill: Export, caplog: pytest.LogCaptureFixture) -> None:
    fill()
    assert "yew: nobody has 'yew@example.edu' as SIS Login ID" in caplog.text
    assert "in the system, and not in the gradebook: Tree, Willow" in caplog.text
    assert "nothing handed in: fir: 07_training" not in caplog.text  # as fir is not in Canvas at all
    assert "fir: nobody has 'fir@example.edu'" in caplog.text


def test_a_dry_run_shows_what_would_change_and_writes_nothing(
    fill: Export, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not fill(dry_run=True).exists()
    printed = capsys.readouterr().out
    assert f"ash: {COLUMN}: (empty) -> 39.50" in printed and "birch" not in printed
    assert "1 grades, 1 the same as before" in printed and "nothing was written" in printed


def test_points_get_columns_of_their_own_which_canvas_will_ask_about(fill: Export) -> None:
    path = fill(points=True)
    header, posting, possible, *_ = rows_of(path)
    assert header[-3:] == ["07_training zero_grad", "07_training scheduling", "07_training essay"]
    assert possible[-3:] == ["15.00", "15.00", "10.00"] and posting[-3:] == ["", "", ""]
    assert column_of(path, "07_training scheduling")["102"] == "7.50"


def test_a_point_can_have_a_column_that_is_there(fill: Export, samples: Path, tmp_path: Path) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text((samples / "canvas.csv").read_text().replace("Reading (4711)", "Zeroing (4711)"))
    path = fill(roster=roster, points=True, columns={"07_training zero_grad": "Zeroing"})
    assert column_of(path, "Zeroing (4711)")["101"] == "15.00"


def test_decimal_commas_semicolons_and_the_byte_order_mark_are_kept(fill: Export, samples: Path) -> None:
    path = fill(roster=samples / "canvas_semicolon.csv")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == 4
    rows = rows_of(path, ";")
    assert rows[0][0] == "Student"
    assert [row[4] for row in rows[2:]] == ["39,5", "12,50"]  # the same numbers stay as they are


def test_names_that_a_spreadsheet_would_run_are_made_harmless(fill: Export) -> None:
    names = {row[1]: row[0] for row in rows_of(fill())}
    assert names["102"] == '\'=HYPERLINK("x")' and names["101"] == "Tree, Ash"


def test_an_identifier_of_another_form_can_be_given(fill: Export) -> None:
    path = fill(match="ID", student_field="lms_user_id", identifiers={"ash": "101", "yew": 109})
    assert column_of(path)["101"] == "39.50" and column_of(path)["109"] == "11.00"


def test_other_points_in_canvas_are_told(
    fill: Export, samples: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text((samples / "canvas.csv").read_text().replace("5.00,40.00", "5.00,100.00"))
    fill(roster=roster)
    assert f"{COLUMN} has 100.00 points in Canvas and 40 here" in caplog.text


def test_a_read_only_column_is_refused(fill: Export, samples: Path, tmp_path: Path) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text((samples / "canvas.csv").read_text().replace("5.00,40.00", "5.00,(read only)"))
    with pytest.raises(ExportError, match="read only"):
        fill(roster=roster)


def test_the_same_identifier_twice_is_refused(fill: Export, samples: Path, tmp_path: Path) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text((samples / "canvas.csv").read_text().replace("birch@", "ash@"))
    with pytest.raises(ExportError, match=r"'ash@example.edu' twice.*match=COLUMN"):
        fill(roster=roster)


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "Student,ID\nTree,1\n"], ids=["empty", "other", "cut"])
def test_a_file_that_is_not_of_canvas_is_refused(fill: Export, tmp_path: Path, content: str) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(content)
    with pytest.raises(ExportError, match=r"roster\.csv"):
        fill(roster=roster)
    assert not (tmp_path / "out.csv").exists()


def test_a_column_that_is_not_there_names_those_that_are(fill: Export) -> None:
    with pytest.raises(ExportError, match=r"no column 'Login', only 'Student'"):
        fill(match="Login")


def test_a_new_file_has_canvas_s_columns_and_no_student_without_a_grade(
    export: Export, caplog: pytest.LogCaptureFixture
) -> None:
    rows = rows_of(export(CanvasExportPlugin))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "07_training"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "40.00"]
    assert [(row[3], row[5]) for row in rows[2:]] == [
        ("ash", "39.50"),
        ("birch", "12.50"),
        ("elm", "5.00"),
        ("yew", "11.00"),
    ]
    assert "nothing handed in: fir: 07_training" in caplog.text


def test_missing_work_can_count_as_zero(export: Export) -> None:
    rows = rows_of(export(CanvasExportPlugin, missing_as_zero=True))
    assert {row[3]: row[5] for row in rows[2:]}["fir"] == "0.00"


def test_one_student_can_be_exported_without_talk_of_the_others(
    fill: Export, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    assert column_of(fill(student=["ash"]))["101"] == "39.50"
    assert "Willow" not in caplog.text and "yew" not in caplog.text


def test_an_assignment_that_is_not_there_is_told(fill: Export) -> None:
    with pytest.raises(ExportError, match=r"no assignment ps9; there are: 07_training"):
        fill(assignment=["ps9"])


def test_a_column_that_the_settings_name_must_be_there(fill: Export, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no column 'Homework 7', which .*only .*'07_training \(4712\)'"):
        fill(columns={"07_training": "Homework 7"})
    assert not (tmp_path / "out.csv").exists()


def test_a_new_file_takes_any_name_for_a_column(export: Export) -> None:
    header, *_ = rows_of(export(CanvasExportPlugin, columns={"07_training": "Homework 7"}))
    assert header[-1] == "Homework 7"


def test_a_column_for_what_the_gradebook_does_not_have_is_told(
    fill: Export, caplog: pytest.LogCaptureFixture
) -> None:
    fill(columns={"07_trainign": "Homework 7", "07_training zero_grad": "Reading"})
    assert "names a column for '07_trainign', which is no assignment" in caplog.text
    assert "'07_training zero_grad', which" not in caplog.text
