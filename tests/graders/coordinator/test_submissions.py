"""Reading submissions as they lie there: links, pipes and giants cost their student at most a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory

from graders.bundle import Submitted
from graders.coordinator import submissions
from graders.coordinator.second_names import SecondNames
from graders.coordinator.submissions import TIMESTAMP, digest_of, read_submission, students_of

Read = Callable[[], Submitted]


@pytest.fixture
def coursedir(tmp_path: Path) -> CourseDirectory:
    return CourseDirectory(root=str(tmp_path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted" / "fern" / "lesson"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def read(coursedir: CourseDirectory, folder: Path, tmp_path: Path) -> Read:
    return lambda: read_submission(coursedir, "lesson", "fern", ["lesson"], SecondNames(tmp_path))


def test_a_notebook_its_files_and_its_time_are_read(folder: Path, read: Read) -> None:
    (folder / "lesson.ipynb").write_bytes(b"{}")
    (folder / "other.ipynb").write_bytes(b"{}")
    (folder / "data").mkdir()
    (folder / "data" / "numbers.csv").write_bytes(b"1,2")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    (folder / TIMESTAMP).write_text("2026-11-15 20:00:00 UTC")
    found = read()
    assert found.notebooks == {"lesson": b"{}"}
    assert found.files == (("data/numbers.csv", b"1,2"),)
    assert found.timestamp == datetime(2026, 11, 15, 20)
    assert found.notes == ()


def test_a_missing_notebook_is_none(read: Read) -> None:
    assert read().notebooks == {"lesson": None}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.symlink_to("/etc/passwd"), "lesson.ipynb is a link, not a notebook"),
        (lambda path: path.symlink_to("nowhere"), "lesson.ipynb is a link, not a notebook"),
        (lambda path: path.mkdir(), "lesson.ipynb is a folder"),
        (os.mkfifo, "lesson.ipynb is no regular file"),
    ],
)
def test_what_is_no_file_is_not_opened_and_its_student_is_told_what_to_hand_in(
    folder: Path, read: Read, make: Callable[[Path], None], said: str
) -> None:
    make(folder / "lesson.ipynb")
    found = read().notebooks["lesson"]
    assert isinstance(found, str) and said in found and "hand in" in found


def test_a_notebook_that_is_too_large_is_not_read(
    folder: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "MAX_BYTES", 1 << 20)
    with (folder / "lesson.ipynb").open("wb") as file:
        file.truncate((1 << 20) + 1)
    found = read().notebooks["lesson"]
    assert isinstance(found, str) and "larger than 1 MiB: clear its outputs" in found


def test_links_and_pipes_beside_the_notebook_are_left_out_and_not_followed(
    folder: Path, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "gradebook.db").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "gradebook.db")
    (folder / "above").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    assert read().files == ()


def test_another_name_of_a_file_of_the_course_is_not_handed_on(
    folder: Path, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "gradebook.db").write_bytes(b"secret")
    os.link(tmp_path / "gradebook.db", folder / "data.bin")
    os.link(tmp_path / "gradebook.db", folder / "lesson.ipynb")
    found = read()
    assert found.files == () and "data.bin" in " ".join(found.notes)
    assert isinstance(found.notebooks["lesson"], str)


def test_files_are_handed_on_up_to_their_number_and_size(
    folder: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "MAX_FILES", 3)
    monkeypatch.setattr(submissions, "MAX_FILES_BYTES", 10)
    for name, size in {"a": 4, "b": 11, "c": 6, "d": 1, "e": 0, "f": 0}.items():
        (folder / name).write_bytes(b"x" * size)
    found = read()
    assert [name for name, _ in found.files] == ["a", "c", "e"]
    assert [note.split()[2] for note in found.notes] == ["b", "d", "f"]
    assert all("your code ran without it" in note for note in found.notes)


@pytest.mark.parametrize("text", ["yesterday", "", "\0", "99999999999999999999", "2026-13-45", "\udcff"])
def test_a_time_that_is_none_is_noted_and_the_submission_is_read(folder: Path, read: Read, text: str) -> None:
    (folder / "lesson.ipynb").write_bytes(b"{}")
    (folder / TIMESTAMP).write_bytes(text.encode("utf-8", "surrogateescape"))
    found = read()
    assert found.notebooks == {"lesson": b"{}"}
    assert found.timestamp is None or text == ""
    assert text == "" or any(TIMESTAMP in note for note in found.notes)


def test_the_digest_tells_everything_apart_that_matters(folder: Path, read: Read) -> None:
    seen = [digest_of(read())]
    for path, data in (
        ("lesson.ipynb", b"{}"),
        ("lesson.ipynb", b"{ }"),
        ("data.csv", b"1"),
        ("data.csv", b"2"),
        ("data2.csv", b"2"),
        (TIMESTAMP, b"2026-11-15 20:00:00 UTC"),
        (TIMESTAMP, b"2026-11-15 20:00:01 UTC"),
    ):
        (folder / path).write_bytes(data)
        seen.append(digest_of(read()))
    assert len(set(seen)) == len(seen)
    os.utime(folder / "lesson.ipynb", (0, 0))
    assert digest_of(read()) == seen[-1]


def test_students_are_those_with_a_folder_for_the_assignment(
    coursedir: CourseDirectory, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "submitted" / "moss" / "other").mkdir(parents=True)
    (tmp_path / "submitted" / "notes.txt").write_text("")
    assert students_of(coursedir, "lesson") == ["fern"]
    assert students_of(CourseDirectory(root=str(tmp_path / "nowhere")), "lesson") == []
