"""Students' ids are safe names, and work never reaches another student."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from graders.intake import IntakeError
from graders.intake.identity import NoIdError, safe_id

if TYPE_CHECKING:
    from conftest import Desk

NOTEBOOK = "07_training.ipynb"


@pytest.mark.parametrize(
    "name", ["ada", "Ada Beech", "a.beech@uni.edu", "åse_ørn", "李雷", "o'fern", "x-1", "beech (2)"]
)
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert safe_id(name).student == name and not safe_id(name).note


@pytest.mark.parametrize(
    "name",
    [
        "[x]",
        "a*",
        "a/b",
        "a\\b",
        "a+b",
        "a,b",
        "a\nb",
        "--force",
        ".hidden",
        "a:b",
        "x" * 500,
        "a\u202eb",
        "a%2fb",
        ".. [x]",
    ],
)
def test_a_strange_name_becomes_a_safe_id_of_its_own_with_a_note(name: str) -> None:
    identity = safe_id(name)
    assert re.fullmatch(r"[\w][\w .@'()-]*-[0-9a-f]{8}", identity.student)
    assert len(identity.student.encode()) <= 120
    assert identity.student in identity.note and identity.note.isprintable()


@pytest.mark.parametrize("name", ["", " ", "..", ".", "***", "-", "\0", "[]"])
def test_a_name_of_which_nothing_is_left_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(NoIdError, match="rename it to the student's id"):
        safe_id(name)


def test_strange_folders_are_collected_under_safe_ids(desk: Desk) -> None:
    desk.put("[x]*/07_training/07_training.ipynb", desk.work("a"))
    desk.put("***/07_training/07_training.ipynb", desk.work("b"))
    desk.put("bo/07_training/07_training.ipynb", desk.work("c"))
    collected = desk.collect()
    states = [(each.state, each.student) for each in collected.students]
    assert states[:2] == [("refused", "***"), ("new", "bo")]
    assert desk.notebook(states[2][1]) == desk.work("a")
    assert "cannot be a student's id; it became 'x-" in desk.notes(states[2][1])
    assert collected.students[0].notes == ("'***' is no name of a student; rename it to the student's id",)


def test_two_students_of_one_name_are_kept_apart_by_the_numbers_of_the_lms(desk: Desk) -> None:
    for number in (11, 12):
        desk.put(f"Ada Beech_{number}_assignsubmission_file_/07_training.ipynb", desk.work(f"# {number}"))
        desk.put(f"fircy_{number}_99_07_training.ipynb", desk.work(f"# {number}"))
    states = desk.states()
    assert states == dict.fromkeys(["ada_beech-11", "ada_beech-12", "fircy-11", "fircy-12"], "new")
    assert desk.notebook("ada_beech-12") == desk.notebook("fircy-12") == desk.work("# 12")


def test_two_students_whose_ids_differ_in_case_are_refused_with_a_remedy(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.put("Ada/07_training.ipynb", desk.work("b"))
    desk.put("bo/07_training.ipynb", desk.work("c"))
    collected = desk.collect()
    assert [(each.student, each.state) for each in collected.students] == [
        ("Ada", "refused"),
        ("ada", "refused"),
        ("bo", "new"),
    ]
    assert "'Ada' and 'ada' would be one student's id; rename one" in collected.students[0].notes[0]


def test_a_student_whose_id_differs_in_case_from_one_who_is_there_is_refused(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.collect()
    (desk.inbox / "ada").rename(desk.inbox / "ADA")
    collected = desk.collect()
    assert collected.students[0].state == "refused" and desk.notebook("ada") == desk.work("a")


ROSTER = """student_id,lms_id,email,first_name,last_name,name
ada,111,ada@uni.edu,Ada,Beech,
bo,112,,,,"Cedar, Bo"
cy,,c.fir@uni.edu,,,Cy Fir
twin1,301,,El,Elm,
twin2,302,,El,Elm,
"""


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("beechada_111_5_07_training.ipynb", "ada"),
        ("someoneelse_111_5_07_training.ipynb", "ada"),
        ("beechada_999_5_07_training.ipynb", "ada"),
        ("Ada Beech_999_assignsubmission_file_/07_training.ipynb", "ada"),
        ("Bo Cedar_999_assignsubmission_file_/07_training.ipynb", "bo"),
        ("cedarbo_999_5_07_training.ipynb", "bo"),
        ("07_training_c.fir@uni.edu_attempt_2026-11-20-10-15-00_x.ipynb", "cy"),
        ("fircy_LATE_999_5_07_training.ipynb", "cy"),
        ("El Elm_302_assignsubmission_file_/07_training.ipynb", "twin2"),
        ("ada/07_training/07_training.ipynb", "ada"),
    ],
)
def test_the_roster_maps_what_the_lms_calls_students(desk: Desk, name: str, student: str) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text(ROSTER)
    desk.put(name, desk.work("x"))
    assert desk.states(roster=roster) == {student: "new"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Mal Oak_9_assignsubmission_file_/07_training.ipynb", "the roster has no 'Mal Oak'; add a line"),
        ("El Elm_9_assignsubmission_file_/07_training.ipynb", "2 students for 'El Elm'; add a column lms_id"),
    ],
)
def test_who_is_not_in_the_roster_or_twice_is_refused(desk: Desk, name: str, told: str) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text(ROSTER)
    desk.put(name, desk.work("x"))
    (intake,) = desk.collect(roster=roster).students
    assert intake.state == "refused" and told in intake.notes[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "has no column student_id, its columns are none"),
        (b"name,number\nAda,1\n", "has no column student_id, its columns are 'name', 'number'"),
        (b"student_id,name\n", "has no line below its columns"),
        (b"\xff\xfe", "cannot be read"),
        (b"student_id\n../ada\n", "line 2: '../ada' cannot name a student's folder"),
        (b'student_id\nada\n""\n', "cannot name a student's folder"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused_with_its_name(
    desk: Desk, content: bytes | None, told: str
) -> None:
    roster = desk.course.root / "roster.csv"
    if content is not None:
        roster.write_bytes(content)
    with pytest.raises(IntakeError, match=re.escape(told)) as raised:
        desk.collect(roster=roster)
    assert str(roster) in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        "student_id;name\nada;Ada Beech\n",
        "student_id\tname\r\nada\tAda Beech\r\n",
        "id,first_name,last_name,email,lms_user_id\nada,Ada,Beech,,\n",
    ],
    ids=["semicolons", "tabs", "as nbgrader imports it"],
)
def test_a_roster_may_come_from_a_spreadsheet_or_be_nbgraders(desk: Desk, content: str) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_bytes(content.encode())
    desk.put("Ada Beech_9_assignsubmission_file_/07_training.ipynb", desk.work("x"))
    assert desk.states(roster=roster) == {"ada": "new"}


def test_a_misspelt_column_of_the_roster_is_named_where_somebody_is_not_found(desk: Desk) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text("student_id,nmae\nada,Ada Beech\nbo,Bo Fir\n")
    desk.put("Ada Beech_9_assignsubmission_file_/07_training.ipynb", desk.work("x"))
    (remark,) = desk.collect(roster=roster).remarks
    assert "not read were the columns 'nmae'; known are student_id, " in remark and str(roster) in remark


def test_cells_that_are_missing_or_too_many_and_columns_that_are_there_twice_mix_nobody_up(
    desk: Desk,
) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text("name,name,student_id,email\nBo Fir,Cy Elm,ada\nDi Oak,Ed Ash,bo,b@example.edu,x,y\n")
    desk.put("Cy Elm_8_assignsubmission_file_/07_training.ipynb", desk.work("x"))
    desk.put("Ed Ash_9_assignsubmission_file_/07_training.ipynb", desk.work("y"))
    assert desk.states(roster=roster) == {"ada": "new", "bo": "new"}
    assert desk.notebook("ada") == desk.work("x")


def test_other_columns_of_the_roster_are_passed_over_where_all_are_found(desk: Desk) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text("student_id,group\nada,A\n")
    desk.put("ada/07_training.ipynb", desk.work("x"))
    collected = desk.collect(roster=roster)
    assert collected.count("new") == 1 and collected.remarks == ()


def test_names_are_told_as_they_are_written(desk: Desk) -> None:
    roster = desk.course.root / "roster.csv"
    roster.write_text("student_id\nada\n")
    desk.put("Zoë Bjørk_9_assignsubmission_file_/07_training.ipynb", desk.work("x"))
    desk.put("李\u202e雷/07_training.ipynb", desk.work("x"))
    notes = [intake.notes[0] for intake in desk.collect(roster=roster).students]
    assert any("the roster has no 'Zoë Bjørk'; add a line" in note for note in notes)
    assert all(note.isprintable() for note in notes)
