"""Submissions' files are students' data: nothing outside of the submission is read or written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from graders.publication import PublicationError, Publisher


@pytest.fixture
def submitted(course: Path) -> Path:
    return course / "submitted" / "fern" / "ps1"


@pytest.fixture
def autograded(course: Path) -> Path:
    return course / "autograded" / "fern" / "ps1"


def test_links_out_of_the_submission_are_left_out_and_listed(
    publisher: Publisher, submitted: Path, autograded: Path, tmp_path: Path, course: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    (submitted / "mine.txt").symlink_to(secret)
    (submitted / "up.txt").symlink_to("../../../source/ps1/data.csv")
    (submitted / "lib" / "all").symlink_to(course)
    (submitted / "gone.txt").symlink_to("nowhere")
    left_out = publisher.autograded("fern", {"ps1": "{}"})
    assert left_out == (
        "gone.txt is no ordinary file, and is left out",
        "lib/all is a link out of the folder, and is left out",
        "mine.txt is a link out of the folder, and is left out",
        "up.txt is a link out of the folder, and is left out",
    )
    assert not any("secret" in path.read_text() for path in autograded.rglob("*") if path.is_file())
    assert not {"mine.txt", "up.txt", "gone.txt"} & set(os.listdir(autograded))


def test_a_link_within_the_submission_becomes_a_copy(
    publisher: Publisher, submitted: Path, autograded: Path
) -> None:
    (submitted / "again.txt").symlink_to("notes/my.txt")
    assert publisher.autograded("fern", {"ps1": "{}"}) == ()
    assert (autograded / "again.txt").read_text() == "mine"
    assert not (autograded / "again.txt").is_symlink()


def test_a_pipe_does_not_stop_the_class(publisher: Publisher, submitted: Path, autograded: Path) -> None:
    os.mkfifo(submitted / "pipe")
    assert publisher.autograded("fern", {"ps1": "{}"}) == ("pipe is no ordinary file, and is left out",)
    assert not (autograded / "pipe").exists()


def test_folders_in_folders_without_end_do_not_stop_the_class(
    publisher: Publisher, submitted: Path, autograded: Path
) -> None:
    submitted.joinpath(*["d"] * 200).mkdir(parents=True)
    left_out = publisher.autograded("fern", {"ps1": "{}"})
    assert len(left_out) == 1 and left_out[0].endswith("folders, and is left out")
    assert (autograded / "notes" / "my.txt").is_file() and not (autograded / "d").exists()


def test_a_link_in_the_place_of_the_submission_is_refused(publisher: Publisher, course: Path) -> None:
    (course / "submitted" / "eve").symlink_to("fern")
    with pytest.raises(PublicationError, match=r"submitted/eve is a link: put the submission's files in"):
        publisher.autograded("eve", {"ps1": "{}"})
    (course / "submitted" / "mallow").mkdir()
    (course / "submitted" / "mallow" / "ps1").symlink_to("../fern/ps1")
    with pytest.raises(PublicationError, match="submitted/mallow/ps1 is a link"):
        publisher.autograded("mallow", {"ps1": "{}"})
    assert not (course / "autograded").exists()


def test_files_in_the_place_of_the_assignment_s_folders_give_way(
    publisher: Publisher, submitted: Path, autograded: Path
) -> None:
    shutil.rmtree(submitted / "lib")
    (submitted / "lib").write_text("a file")
    (submitted / "data.csv").unlink()
    (submitted / "data.csv" / "deep").mkdir(parents=True)
    (submitted / "data.csv" / "deep" / "a.txt").write_text("a")
    left_out = publisher.autograded("fern", {"ps1": "{}"})
    assert [line.split(" is ")[0] for line in left_out] == ["data.csv/deep/a.txt", "lib"]
    assert (autograded / "data.csv").read_text() == "1,2"
    assert (autograded / "lib" / "helper.py").read_text() == "x = 1"


@pytest.mark.parametrize("name", ["", ".", "..", "../fern", "a/b", ".hidden", "a\0b"])
def test_names_that_are_no_folder_of_their_own_are_refused(
    publisher: Publisher, course: Path, name: str
) -> None:
    for publish in (publisher.autograded, publisher.feedback):
        with pytest.raises(PublicationError, match="rename it in submitted/"):
            publish(name, {"ps1": "{}"})
        with pytest.raises(PublicationError, match="rename it in submitted/"):
            publish("fern", {name: "{}"})
    assert not (course / "autograded").exists() and not (course / "feedback").exists()


@pytest.mark.parametrize("name", ["Ada L", "o'neil", "ö", "[a-z]", "*", "a+b", "-rf", "$(id)"])
def test_odd_names_are_just_names(publisher: Publisher, course: Path, name: str) -> None:
    folder = course / "submitted" / name / "ps1"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "b.ipynb").write_text("{}")
    publisher.autograded(name, {"ps1": "{}"})
    publisher.clean()
    assert (course / "autograded" / name / "ps1" / "a.txt").read_text() == "a"
    assert not (course / "autograded" / name / "ps1" / "b.ipynb").exists()


def test_text_that_is_no_unicode_is_written_as_json_can_read_it(
    publisher: Publisher, autograded: Path
) -> None:
    publisher.autograded("fern", {"ps1": '"\ud800"'})
    assert (autograded / "ps1.ipynb").read_bytes() == b'"\\ud800"\n'


def test_a_student_who_handed_in_nothing_gets_the_notebook_and_the_source(
    publisher: Publisher, course: Path
) -> None:
    publisher.autograded("willow", {"ps1": "{}"})
    assert sorted(os.listdir(course / "autograded" / "willow" / "ps1")) == ["data.csv", "lib", "ps1.ipynb"]
