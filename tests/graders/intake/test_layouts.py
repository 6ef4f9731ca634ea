"""Folders and archives as instructors get them: each file reaches the student whose it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graders.intake import IntakeError

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"
PYTHON_PATTERN = (
    r"c.FileNameCollectorPlugin.named_regexp = "
    r"r'week7-(?P<student_id>\w+)-(?P<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)-(?P<file_id>\w+)'"
)

MOODLE = {
    "Ada Beech_12345_assignsubmission_file_/07_training.ipynb": "ada_beech",
    "Åse Ørn_12346_assignsubmission_file_/07_training.ipynb": "åse_ørn",
    "Jo O'Fern_12347_assignsubmission_file/07_training.ipynb": "jo_ofern",
    "Participant_881_assignsubmission_file_/07_training.ipynb": "participant",
}
MOODLE_FLAT = {
    "Ada Beech_12345_assignsubmission_file_07_training.ipynb": "ada_beech",
    "Bo Cedar_12346_assignsubmission_file_07_training (1).ipynb": "bo_cedar",
}
CANVAS = {
    "beechada_111_90001_07_training.ipynb": "beechada",
    "cedarbo_LATE_112_90002_07_training-2.ipynb": "cedarbo",
    "anon_x1Y2z_90003_07_training.ipynb": "anon_x1Y2z",
}
BLACKBOARD = {
    "07_training_abeech_attempt_2026-11-20-10-15-00_07_training.ipynb": "abeech",
    "07_training_b_cedar_attempt_2026-11-20-11-15-00_hw.ipynb": "b_cedar",
    "07_training_c.fir@uni.edu_attempt_2026-11-20-11-15-00_07_training.ipynb": "c.fir@uni.edu",
}
BLACKBOARD_TITLED = {
    "Homework 7_a_beech_attempt_2026-11-20-10-15-00_07_training.ipynb": "a_beech",
    "Homework 7_b_beech_attempt_2026-11-20-11-15-00_07_training.ipynb": "b_beech",
}
INBOUND = {
    "ada+07_training+2026-11-20 10:15:00 UTC/07_training.ipynb": "ada",
    "bo+07_training+2026-11-20 10:15:00.5 UTC+x1/07_training.ipynb": "bo",
}
NBGRADER = {"ada/07_training/07_training.ipynb": "ada", "bo/07_training/07_training.ipynb": "bo"}
BARE = {"ada/07_training.ipynb": "ada", "bo/solution.ipynb": "bo"}
LAYOUTS = {
    "nbgrader": NBGRADER,
    "a folder for each student": BARE,
    "Moodle": MOODLE,
    "Moodle without folders": MOODLE_FLAT,
    "Canvas": CANVAS,
    "Blackboard": BLACKBOARD,
    "Blackboard with a title": BLACKBOARD_TITLED,
    "the exchange's inbound folder": INBOUND,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_students_work_is_collected_from_a_folder(desk: Desk, layout: str) -> None:
    for name, student in LAYOUTS[layout].items():
        desk.put(name, desk.work(f"# {student}"))
    before = desk.tree(desk.inbox)
    assert desk.states() == dict.fromkeys(LAYOUTS[layout].values(), "new")
    for student in LAYOUTS[layout].values():
        assert desk.notebook(student) == desk.work(f"# {student}")
    assert desk.tree(desk.inbox) == before


@pytest.mark.parametrize("wrapper", ["", "gradebook 07/", "submissions/"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_students_work_is_collected_from_a_zip_file(desk: Desk, layout: str, wrapper: str) -> None:
    files = {f"{wrapper}{name}": desk.work(f"# {student}") for name, student in LAYOUTS[layout].items()}
    source = desk.put("class.zip", desk.zipped(files))
    content = source.read_bytes()
    assert desk.states(source) == dict.fromkeys(LAYOUTS[layout].values(), "new")
    for student in LAYOUTS[layout].values():
        assert desk.notebook(student) == desk.work(f"# {student}")
    assert source.read_bytes() == content


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_folder_with_the_zip_file_of_the_class_is_that_zip_file(desk: Desk, layout: str) -> None:
    desk.put("class.zip", desk.zipped({name: desk.work("x") for name in LAYOUTS[layout]}))
    desk.put(".DS_Store", b"")
    assert desk.states() == dict.fromkeys(LAYOUTS[layout].values(), "new")


def test_a_folder_with_a_zip_file_for_each_student(desk: Desk) -> None:
    desk.put("ada.zip", desk.zipped({"07_training.ipynb": desk.work("a")}))
    desk.put("bo.zip", desk.zipped({"my work/07_training.ipynb": desk.work("b"), "my work/data.csv": b"1"}))
    desk.put("cedarcy_LATE_112_9_homework.zip", desk.zipped({"x/07_training.ipynb": desk.work("c")}))
    assert desk.states() == {"ada": "new", "bo": "new", "cedarcy": "new"}
    assert desk.submitted("bo") == {NOTEBOOK: desk.work("b"), "data.csv": b"1"}
    assert desk.notebook("cedarcy") == desk.work("c")
    assert "late" in desk.notes("cedarcy")


@pytest.mark.parametrize("folder", ["", "07_training/"])
def test_the_zip_file_of_one_student(desk: Desk, folder: str) -> None:
    files = {f"{folder}07_training.ipynb": desk.work("a"), f"{folder}data.csv": b"1"}
    source = desk.put("ada.zip", desk.zipped(files))
    assert desk.states(source) == {"ada": "new"}
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "data.csv": b"1"}


def test_the_folder_of_the_assignment_is_no_student(desk: Desk) -> None:
    desk.put("07_training/07_training.ipynb", desk.work("a"))
    collected = desk.collect()
    assert not collected.students
    assert "name the folder that holds the students' folders" in str(collected.problems[0])


def test_a_zip_file_within_the_archive_of_the_class_is_its_students(desk: Desk) -> None:
    inner = desk.zipped({"07_training/07_training.ipynb": desk.work("a"), "07_training/helper.py": b"h = 1"})
    source = desk.put("class.zip", desk.zipped({"Ada Beech_1_assignsubmission_file_/work.zip": inner}))
    assert desk.states(source) == {"ada_beech": "new"}
    assert desk.submitted("ada_beech") == {NOTEBOOK: desk.work("a"), "helper.py": b"h = 1"}


def test_a_students_zip_file_cannot_bring_the_work_of_another(desk: Desk) -> None:
    desk.put("bo.zip", desk.zipped({"07_training.ipynb": desk.work("b")}))
    forged = {f"{name}/07_training/07_training.ipynb": desk.work("forged") for name in ("bo", "cy")}
    desk.put("mallory.zip", desk.zipped(forged))
    assert desk.states() == {"bo": "new", "mallory": "refused"}
    assert desk.notebook("bo") == desk.work("b")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("elm_7_8_beechada_111_90001_07_training.ipynb", "elm"),
        (
            "07_training_elm_attempt_2026-11-20-10-15-00_07_training_ada_attempt_2027-01-01-01-01-01_x.ipynb",
            "elm",
        ),
        ("El Elm_7_assignsubmission_file_Ada Beech_1_assignsubmission_file_07_training.ipynb", "el_elm"),
    ],
)
def test_a_file_named_like_anothers_submission_stays_its_students(
    desk: Desk, name: str, student: str
) -> None:
    desk.put(name, desk.work("e"))
    assert desk.states() == {student: "new"}


def test_a_zip_file_of_data_beside_a_notebook_stays_as_it_is(desk: Desk) -> None:
    data = desk.zipped({"table.csv": b"1,2"})
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/data.zip", data)
    desk.collect()
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "data.zip": data}


def test_the_courses_own_pattern_is_used(desk: Desk) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}{PYTHON_PATTERN}\n")
    desk.put("week7-ada-2026-11-20 10:15:00-07_training.ipynb", desk.work("a"))
    assert desk.states() == {"ada": "new"}
    assert desk.submitted("ada")["timestamp.txt"] == b"2026-11-20 10:15:00 UTC\n"


@pytest.mark.parametrize("pattern", ["(", r"(?P<student_id>\w+)"])
def test_a_pattern_that_cannot_work_is_refused_with_its_place(desk: Desk, pattern: str) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.FileNameCollectorPlugin.named_regexp = {pattern!r}\n")
    with pytest.raises(IntakeError, match=r"correct FileNameCollectorPlugin\.named_regexp"):
        desk.collect()


def test_work_on_other_assignments_is_passed_over(desk: Desk) -> None:
    other = desk.course.root / "source" / "06_other"
    other.mkdir()
    (other / "06_other.ipynb").write_bytes(desk.foreign())
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/06_other/06_other.ipynb", desk.foreign())
    desk.put("bo/06_other/06_other.ipynb", desk.foreign())
    desk.put("cy+06_other+2026-11-20 10:15:00 UTC/06_other.ipynb", desk.foreign())
    collected = desk.collect()
    assert [each.student for each in collected.students] == ["ada"] and not collected.problems
    assert set(desk.submitted("ada")) == {NOTEBOOK}


def test_an_empty_folder_of_the_assignment_is_a_missing_notebook(desk: Desk) -> None:
    (desk.inbox / "ada" / NAME).mkdir(parents=True)
    assert desk.states() == {"ada": "new"}
    assert desk.submitted("ada") == {} and "there is no notebook: hand in 07_training.ipynb" in desk.notes(
        "ada"
    )


def test_a_folder_called_nearly_as_the_assignment_is_taken_and_noted(desk: Desk) -> None:
    desk.put("ada/07_Training (1)/07_training.ipynb", desk.work("a"))
    assert desk.states() == {"ada": "new"}
    assert "'07_Training (1)' was taken for '07_training'" in desk.notes("ada")


def test_files_that_are_nobodys_are_reported_and_the_rest_is_collected(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.put("mystery.ipynb", desk.work("m"))
    desk.put("late work.rar", b"Rar!")
    desk.put("bo/old/draft.ipynb", desk.work("b"))
    desk.put("grades.csv", b"name\n")
    collected = desk.collect()
    assert [each.student for each in collected.students] == ["ada"]
    assert sorted(str(problem) for problem in collected.problems) == [
        "bo: it holds no folder 07_training and no notebook; put the notebook into bo/07_training",
        "late work.rar: it is no zip file; unpack it, or make it one",
        "mystery.ipynb: its name does not tell whose it is; put it into a folder STUDENT, "
        "or set FileNameCollectorPlugin.named_regexp for such names",
    ]


@pytest.mark.parametrize("name", ["gone", "class.tar.gz", "notes.txt"])
def test_what_is_no_source_is_refused_with_its_name(desk: Desk, name: str) -> None:
    if name != "gone":
        desk.put(name, b"\x1f\x8b")
    with pytest.raises(IntakeError, match=rf"{name}.* name "):
        desk.collect(desk.inbox / name)


def test_links_in_a_students_folder_are_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the instructor's")
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    (desk.inbox / "ada" / NAME / "notes.txt").symlink_to(secret)
    (desk.inbox / "ada" / NAME / "folder").symlink_to(tmp_path)
    os.mkfifo(desk.inbox / "ada" / NAME / "pipe")
    assert desk.states() == {"ada": "new"}
    assert set(desk.submitted("ada")) == {NOTEBOOK}
    notes = desk.notes("ada")
    assert (
        "notes.txt was left out: it is a link" in notes and "pipe was left out: it is no plain file" in notes
    )


def test_what_the_system_and_jupyter_leave_is_passed_over(desk: Desk) -> None:
    files = {
        "ada/07_training.ipynb": desk.work("a"),
        "__MACOSX/ada/._07_training.ipynb": b"\0\5\x16\7",
        "ada/.DS_Store": b"x",
        "ada/.ipynb_checkpoints/07_training-checkpoint.ipynb": desk.work("old"),
        "bo/07_training.ipynb": desk.work("b"),
    }
    source = desk.put("class.zip", desk.zipped(files))
    collected = desk.collect(source)
    assert [each.student for each in collected.students] == ["ada", "bo"] and not collected.problems
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a")} and not desk.notes("ada")
