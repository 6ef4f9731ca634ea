"""What the course itself holds is not taken for what students handed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graders.intake import IntakeError
from graders.intake.sources import OWN_FOLDERS

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

REASON = (
    r"is part of the course, not what students handed in: name that; without --from, submitted/ is graded"
)


def refused(desk: Desk, source: Path, reason: str = REASON) -> None:
    """The source is refused, and nothing in the course has changed."""
    before = sorted(desk.course.root.rglob("*")), desk.tree(desk.course.root)
    with pytest.raises(IntakeError, match=reason):
        desk.collect(source)
    assert (sorted(desk.course.root.rglob("*")), desk.tree(desk.course.root)) == before


@pytest.mark.parametrize("name", ["", *OWN_FOLDERS, "source/07_training", "release/07_training"])
def test_the_courses_own_folders_are_refused_before_anything_is_touched(desk: Desk, name: str) -> None:
    own = desk.course.root / name
    work = own / "ada" / NAME / NOTEBOOK
    work.parent.mkdir(parents=True)
    work.write_bytes(desk.work("a"))
    refused(desk, own)


@pytest.mark.parametrize("name", ["", *OWN_FOLDERS])
def test_the_courses_own_folders_are_refused_by_other_names_too(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk.course.root / name
    own.mkdir(exist_ok=True)
    link = desk.inbox / "link"
    link.symlink_to(own)
    refused(desk, link)
    refused(desk, desk.inbox / ".." / "course" / name)
    monkeypatch.chdir(own)
    refused(desk, Path())


def test_an_own_folder_that_is_a_link_is_refused_by_the_name_of_its_target(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere" / "ada").mkdir(parents=True)
    (desk.course.root / "autograded").symlink_to(tmp_path / "elsewhere")
    refused(desk, tmp_path / "elsewhere")
    refused(desk, tmp_path / "elsewhere" / "ada")


def test_an_archive_within_an_own_folder_is_refused(desk: Desk) -> None:
    path = desk.course.root / "source" / "class.zip"
    path.write_bytes(desk.zipped({f"ada/{NAME}/{NOTEBOOK}": desk.work("a")}))
    refused(desk, path)


def test_a_folder_that_holds_the_course_is_refused(desk: Desk) -> None:
    refused(desk, desk.course.root.parent, "holds the course itself, .*: name the folder of what students")


@pytest.mark.parametrize("place", ["downloaded", "submitted_2026", "downloads/source"])
def test_downloads_may_lie_within_the_course(desk: Desk, place: str) -> None:
    work = desk.course.root / place / "ada" / NAME / NOTEBOOK
    work.parent.mkdir(parents=True)
    work.write_bytes(desk.work("a"))
    assert desk.states(desk.course.root / place) == {"ada": "new"}


def test_an_archive_of_downloads_may_lie_beside_the_courses_folders(desk: Desk) -> None:
    path = desk.course.root / "class.zip"
    path.write_bytes(desk.zipped({f"ada/{NAME}/{NOTEBOOK}": desk.work("a")}))
    assert desk.states(path) == {"ada": "new"}
