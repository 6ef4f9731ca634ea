"""Archives of whole classes are collected as classes, or refused: they never become one student's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from graders.cli.collect import collect

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

REASON = "holds the work of several students: collect it by itself, as it is"

GROUPS = {
    "Group A.zip": ("Ada Beech_1_assignsubmission_file_/", "Bo Cedar_2_assignsubmission_file_/"),
    "Group B.zip": ("Cy Fir_3_assignsubmission_file_/",),
}


def group(desk: Desk, *folders: str) -> bytes:
    return desk.zipped({f"{folder}{NOTEBOOK}": desk.work(f"# {folder}") for folder in folders})


def test_a_folder_with_zip_files_of_several_groups_is_the_class(desk: Desk) -> None:
    for name, folders in GROUPS.items():
        desk.put(name, group(desk, *folders))
    assert desk.states() == {"ada_beech": "new", "bo_cedar": "new", "cy_fir": "new"}
    assert desk.notebook("cy_fir") == desk.work("# Cy Fir_3_assignsubmission_file_/")
    assert desk.states() == dict.fromkeys(("ada_beech", "bo_cedar", "cy_fir"), "unchanged")


def test_files_beside_the_zip_files_of_groups_do_not_matter(desk: Desk) -> None:
    for name, folders in GROUPS.items():
        desk.put(name, group(desk, *folders))
    desk.put("syllabus.pdf", b"%PDF")
    assert set(desk.states()) == {"ada_beech", "bo_cedar", "cy_fir"}


def test_canvas_zip_files_of_several_sections_are_the_class(desk: Desk) -> None:
    desk.put("a.zip", desk.zipped({f"beechada_1_10_{NOTEBOOK}": desk.work("a")}))
    desk.put("b.zip", desk.zipped({f"cedarbo_2_11_{NOTEBOOK}": desk.work("b")}))
    assert desk.states() == {"beechada": "new", "cedarbo": "new"}


def test_of_one_class_downloaded_twice_the_newer_work_is_graded_and_the_older_is_kept(desk: Desk) -> None:
    path = f"Ada Beech_1_assignsubmission_file_/{NOTEBOOK}"
    desk.put("all.zip", desk.zipped({path: desk.work("old")}, (2026, 11, 18, 8, 0, 0)))
    desk.put("all (1).zip", desk.zipped({path: desk.work("new")}, (2026, 11, 20, 8, 0, 0)))
    assert desk.states() == {"ada_beech": "new"}
    assert desk.notebook("ada_beech") == desk.work("new")
    assert [files[NOTEBOOK] for files in desk.replaced()] == [desk.work("old")]
    assert "an earlier attempt, all.zip, is not graded" in desk.notes("ada_beech")


CLASSES = {
    "by Moodle": [f"{folder}{NOTEBOOK}" for folder in GROUPS["Group A.zip"]],
    "by Canvas": [f"beechada_1_10_{NOTEBOOK}", f"cedarbo_2_11_{NOTEBOOK}"],
    "in the course's layout": [f"{student}/{NAME}/{NOTEBOOK}" for student in ("ada", "bo")],
    "in a folder": [f"all/{folder}{NOTEBOOK}" for folder in GROUPS["Group A.zip"]],
}


@pytest.mark.parametrize("place", ["Downloads/moodle.zip", "class.zip"])
@pytest.mark.parametrize("kind", CLASSES)
def test_a_class_among_the_work_of_students_is_refused(desk: Desk, kind: str, place: str) -> None:
    desk.put(place, desk.zipped({path: desk.work(path) for path in CLASSES[kind]}))
    desk.put("dan.zip", desk.zipped({NOTEBOOK: desk.work("d")}))
    (refused, dan) = sorted(desk.collect().students, key=lambda each: each.state != "refused")
    assert refused.state == "refused" and refused.notes == (f"{place.rpartition('/')[2]} {REASON}",)
    assert (dan.student, dan.state) == ("dan", "new")
    assert [path.name for path in (desk.course.root / "submitted").iterdir()] == ["dan"]


def test_a_class_in_an_archive_is_refused(desk: Desk) -> None:
    inner = {name: group(desk, *folders) for name, folders in GROUPS.items()}
    source = desk.put("all.zip", desk.zipped({f"Downloads/{name}": data for name, data in inner.items()}))
    (refused,) = desk.collect(source).students
    assert (refused.student, refused.state) == ("Downloads", "refused")


def test_a_refused_class_changes_the_exit_code(desk: Desk) -> None:
    desk.put("Group A.zip", group(desk, *GROUPS["Group A.zip"]))
    desk.put("dan.zip", desk.zipped({NOTEBOOK: desk.work("d")}))
    app = typer.Typer()
    app.command()(collect)
    result = CliRunner().invoke(app, [NAME, str(desk.inbox), "--course", str(desk.course.root)])
    assert result.exit_code == 1
    assert f"Group A: Group A.zip {REASON}" in result.output and "1 new, " in result.output


@pytest.mark.parametrize("beside", ["bo.zip", "bo/07_training.ipynb", "bo/07_training/07_training.ipynb"])
def test_a_students_zip_file_cannot_bring_what_an_lms_would_call_anothers(desk: Desk, beside: str) -> None:
    good = desk.work("b")
    desk.put(beside, desk.zipped({NOTEBOOK: good}) if beside.endswith(".zip") else good)
    desk.put("mallory.zip", group(desk, "Bo_1_assignsubmission_file_/", "Cy_2_assignsubmission_file_/"))
    assert desk.states() == {"bo": "new", "mallory": "refused"}
    assert desk.notebook("bo") == good
    assert [path.name for path in (desk.course.root / "submitted").iterdir()] == ["bo"]


def test_a_students_own_files_are_no_class_though_their_names_look_like_it(desk: Desk) -> None:
    names = (NOTEBOOK, "run_1_2_loss.png", "fig_3_4_loss.png", "old/07_training/notes.txt", "b/07_training/x")
    desk.put("ada.zip", desk.zipped({name: desk.work("a") for name in names}))
    desk.put("bo/plots.zip", desk.zipped({"run_1_2_loss.png": b"1", "fig_3_4_loss.png": b"2"}))
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert desk.notebook("ada") == desk.work("a")


def test_a_class_within_what_an_lms_says_one_student_sent_is_that_students(desk: Desk) -> None:
    forged = group(desk, "Bo_1_assignsubmission_file_/", "Cy_2_assignsubmission_file_/")
    desk.put("Ada Beech_9_assignsubmission_file_/work.zip", forged)
    desk.put("Dan Elm_8_assignsubmission_file_/07_training.ipynb", desk.work("d"))
    assert desk.states() == {"ada_beech": "new", "dan_elm": "new"}
