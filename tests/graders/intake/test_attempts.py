"""Several attempts, times and late marks: the newest is graded, and nothing is lost."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from nbgrader.utils import parse_utc

from graders.intake import IntakeError
from graders.intake.shelf import read_record

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"


def attempt(stamp: str) -> str:
    return f"07_training_ada_attempt_{stamp}_07_training.ipynb"


OLD, NEW = "2026-11-18-23-59-59", "2026-11-20-10-15-00"


def test_the_newest_attempt_is_graded_and_the_older_ones_are_kept_and_named(desk: Desk) -> None:
    for stamp in (OLD, NEW, "2026-11-19-08-00-00"):
        desk.put(attempt(stamp), desk.work(f"# {stamp}"))
    assert desk.states() == {"ada": "new"}
    assert desk.notebook("ada") == desk.work(f"# {NEW}")
    assert sorted(files[NOTEBOOK] for files in desk.replaced()) == sorted(
        [desk.work(f"# {OLD}"), desk.work("# 2026-11-19-08-00-00")]
    )
    notes = desk.notes("ada")
    assert (
        "an earlier attempt, 2026-11-18 23:59:59, is not graded; it is kept in .graders/replaced/ada-"
        in notes
    )


def test_collecting_twice_changes_nothing_and_keeps_nothing_twice(desk: Desk) -> None:
    for stamp in (OLD, NEW):
        desk.put(attempt(stamp), desk.work(f"# {stamp}"))
    desk.collect()
    before = desk.tree(desk.course.root)
    assert desk.states() == {"ada": "unchanged"}
    assert desk.tree(desk.course.root) == before


def test_a_new_submission_replaces_the_one_before_which_is_kept(desk: Desk) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("first"))
    desk.collect()
    desk.put("ada/07_training/07_training.ipynb", desk.work("second"))
    collected = desk.collect()
    assert collected.fresh == ("ada",) and collected.count("replaced") == 1
    assert desk.notebook("ada") == desk.work("second")
    assert desk.replaced() == [{NOTEBOOK: desk.work("first")}]


def test_an_older_attempt_does_not_replace_a_newer_submission(desk: Desk) -> None:
    desk.put(attempt(NEW), desk.work("new"))
    desk.collect()
    notes = desk.notes("ada")
    os.remove(desk.inbox / attempt(NEW))
    desk.put(attempt(OLD), desk.work("old"))
    collected = desk.collect()
    assert desk.notebook("ada") == desk.work("new") and desk.notes("ada") == notes
    assert (
        "a newer submission, of 2026-11-20 10:15:00 UTC, is there already" in collected.students[0].notes[0]
    )
    assert [files[NOTEBOOK] for files in desk.replaced()] == [desk.work("old")]


def test_files_without_a_notebook_do_not_replace_a_notebook(desk: Desk) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.collect()
    os.rename(desk.inbox / "ada" / NAME / NOTEBOOK, desk.inbox / "ada" / NAME / "report.pdf")
    collected = desk.collect()
    assert collected.students[0].state == "unchanged" and desk.notebook("ada") == desk.work("a")
    assert "has no notebook, and the earlier submission stays" in collected.students[0].notes[0]


def test_a_newer_attempt_without_a_notebook_does_not_win(desk: Desk) -> None:
    desk.put(attempt(OLD), desk.work("old"))
    desk.put(f"07_training_ada_attempt_{NEW}_report.pdf", b"%PDF")
    desk.put(f"07_training_ada_attempt_{NEW}.txt", b"Name: Ada")
    desk.collect()
    assert desk.notebook("ada") == desk.work("old")
    assert [set(files) for files in desk.replaced()] == [{"report.pdf", "submission.txt", "timestamp.txt"}]


def test_the_time_in_a_name_is_written_as_nbgrader_reads_it(desk: Desk) -> None:
    desk.put(attempt(NEW), desk.work("a"))
    desk.collect()
    stamp = desk.submitted("ada")["timestamp.txt"].decode()
    assert parse_utc(stamp.strip()) == datetime(2026, 11, 20, 10, 15)
    record = read_record(desk.course.root, NAME, "ada")
    assert record is not None and (record.time_from, record.time) == ("name", "2026-11-20 10:15:00 UTC")


def test_a_time_without_a_zone_is_in_the_courses_zone(desk: Desk) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Exchange.timezone = 'Europe/Berlin'\n")
    desk.put(attempt(NEW), desk.work("a"))
    desk.collect()
    assert desk.submitted("ada")["timestamp.txt"] == b"2026-11-20 09:15:00 UTC\n"


def test_an_unknown_zone_is_refused_with_its_place(desk: Desk) -> None:
    config = desk.course.root / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}c.Exchange.timezone = 'Mars/Olympus'\n")
    with pytest.raises(IntakeError, match=r"correct c\.Exchange\.timezone in nbgrader_config\.py"):
        desk.collect()


def test_a_time_that_is_none_is_not_known(desk: Desk) -> None:
    desk.put(attempt("2026-13-45-99-99-99"), desk.work("a"))
    assert desk.states() == {"ada": "new"}
    assert set(desk.submitted("ada")) == {NOTEBOOK}


def test_the_time_of_a_download_is_not_held_against_a_student(desk: Desk) -> None:
    source = desk.put("class.zip", desk.zipped({"beechada_1_2_07_training.ipynb": desk.work("a")}))
    desk.collect(source)
    assert "timestamp.txt" not in desk.submitted("beechada")
    record = read_record(desk.course.root, NAME, "beechada")
    assert record is not None and (record.time_from, record.time) == ("file", "2026-11-20 12:00:00 UTC")


def test_the_time_of_files_is_taken_if_the_instructor_says_so(desk: Desk) -> None:
    source = desk.put("class.zip", desk.zipped({"beechada_1_2_07_training.ipynb": desk.work("a")}))
    desk.collect(source, file_times=True)
    assert desk.submitted("beechada")["timestamp.txt"] == b"2026-11-20 12:00:00 UTC\n"


def test_the_time_within_a_students_zip_file_is_the_students_word(desk: Desk) -> None:
    early = desk.zipped(
        {NOTEBOOK: desk.work("a"), "timestamp.txt": b"2020-01-01 00:00:00 UTC"}, (2020, 1, 1, 0, 0, 0)
    )
    source = desk.put("class.zip", desk.zipped({"Ada Beech_1_assignsubmission_file_/work.zip": early}))
    desk.collect(source, file_times=True)
    files = desk.submitted("ada_beech")
    assert files["timestamp.txt"] == b"2026-11-20 12:00:00 UTC\n"
    assert files["timestamp.student.txt"] == b"2020-01-01 00:00:00 UTC"


@pytest.mark.parametrize("path", ["ada/07_training/work.zip", "ada.zip"])
def test_a_timestamp_that_a_student_hands_in_is_set_aside(desk: Desk, path: str) -> None:
    files = {NOTEBOOK: desk.work("a"), "timestamp.txt": b"2020-01-01 00:00:00 UTC"}
    desk.put(path, desk.zipped(files))
    desk.put("bo/07_training/07_training.ipynb", desk.work("b"))
    desk.collect()
    assert set(desk.submitted("ada")) == {NOTEBOOK, "timestamp.student.txt"}


def test_the_courses_own_timestamp_is_kept_as_it_is(desk: Desk) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/timestamp.txt", b"2026-11-14 09:31:55.5 CET\n")
    desk.collect()
    assert desk.submitted("ada")["timestamp.txt"] == b"2026-11-14 09:31:55.5 CET\n"


@pytest.mark.parametrize(
    "stamp", [b"", b"yesterday", b"\xff\xfe", b"9" * 500, b"2026-11-14 09:31:55 +99999999999"]
)
def test_a_timestamp_that_would_stop_nbgrader_is_set_aside(desk: Desk, stamp: bytes) -> None:
    desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("ada/07_training/timestamp.txt", stamp)
    assert desk.states() == {"ada": "new"}
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("a"), "timestamp.unreadable.txt": stamp}


def test_late_marks_are_noted(desk: Desk) -> None:
    desk.put("beechada_LATE_1_2_07_training.ipynb", desk.work("a"))
    desk.put("cedarbo_3_4_07_training.ipynb", desk.work("b"))
    desk.collect()
    assert "the LMS marks this submission as late" in desk.notes("beechada")
    assert not desk.notes("cedarbo")


def test_copies_of_a_students_zip_file_are_attempts_by_their_own_times(desk: Desk) -> None:
    for name, day in (("ada.zip", 18), ("ada (1).zip", 20), ("ada (2).zip", 19)):
        path = desk.put(name, desk.zipped({NOTEBOOK: desk.work(f"# {day}")}))
        seconds = datetime(2026, 11, day, tzinfo=UTC).timestamp()
        os.utime(path, (seconds, seconds))
    assert desk.states() == {"ada": "new"}
    assert desk.notebook("ada") == desk.work("# 20") and len(desk.replaced()) == 2


def test_a_folder_and_a_zip_file_of_one_student_are_attempts(desk: Desk) -> None:
    desk.put("ada.zip", desk.zipped({NOTEBOOK: desk.work("zip")}))
    desk.put("ada/07_training/07_training.ipynb", desk.work("folder"))
    desk.put("ada/07_training/timestamp.txt", b"2099-11-14 09:31:55 UTC")
    assert desk.states() == {"ada": "new"}
    assert desk.notebook("ada") == desk.work("folder")
