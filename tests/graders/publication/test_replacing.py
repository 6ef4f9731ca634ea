"""A folder is replaced in one step: what is there is the old one or the new one, whatever happens."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graders.publication import PublicationError, Publisher, replacing, writing

if TYPE_CHECKING:
    from conftest import Tree


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def published(publisher: Publisher, course: Path) -> Path:
    """The folder autograded/fern, with a result in it."""
    publisher.autograded("fern", {"ps1": "old"})
    return course / "autograded" / "fern"


def calls(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """End the process at a call that changes files, counted from 0; from then on nothing is cleaned up."""
    seen = 0

    def counted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen > number:
                raise Killed
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, call)

    for owner, name in (
        (Path, "rename"),
        (os, "mkdir"),
        (os, "open"),
        (os, "write"),
        (os, "fchmod"),
        (shutil, "rmtree"),
        (replacing, "_exchange"),
    ):
        counted(owner, name)


@pytest.mark.parametrize("exchange", [True, False], ids=["one step", "two steps"])
def test_after_an_end_at_any_point_there_is_the_old_result_or_the_new_one(
    publisher: Publisher, published: Path, tree: Callable[[Path], Tree], exchange: bool
) -> None:
    """Where names cannot be exchanged, this holds after the next start."""
    old = tree(published)
    publisher.autograded("fern", {"ps1": "new"})
    new = tree(published)
    finished = 0
    seen = set()
    for number in range(100):
        publisher.autograded("fern", {"ps1": "old"})
        assert tree(published) == old
        with pytest.MonkeyPatch.context() as monkeypatch:
            if not exchange:
                monkeypatch.setattr(replacing, "_exchange", lambda one, other: False)
            calls(monkeypatch, number)
            try:
                publisher.autograded("fern", {"ps1": "new"})
                finished += 1
            except Killed:
                pass
        if exchange:
            assert (published / "ps1" / "ps1.ipynb").read_text() in ("old\n", "new\n")
        publisher.clean()
        now = tree(published)
        assert now in (old, new)
        seen.add((published / "ps1" / "ps1.ipynb").read_text())
        if finished:
            break
    assert finished and number > 15 and seen == {"old\n", "new\n"}


def test_nothing_is_left_beside_the_result(publisher: Publisher, published: Path) -> None:
    publisher.autograded("fern", {"ps1": "new"})
    assert os.listdir(published) == ["ps1"]
    assert (published / "ps1" / "ps1.ipynb").read_text() == "new\n"


def test_files_of_the_last_time_are_gone(publisher: Publisher, published: Path, course: Path) -> None:
    (course / "submitted" / "fern" / "ps1" / "notes" / "my.txt").unlink()
    publisher.autograded("fern", {"ps1": "new"})
    assert not (published / "ps1" / "notes").exists()


def test_what_is_being_built_is_not_seen_by_nbgrader(published: Path) -> None:
    target = published / "ps1"
    with replacing.replacement(target) as new:
        (new / "file").write_text("x")
        assert [path.name for path in published.glob("*") if not path.name.startswith(".")] == ["ps1"]
        assert new.parent.name.startswith(".") and new.parent.parent == published
    assert os.listdir(target) == ["file"]


def test_a_link_in_the_place_of_the_result_is_replaced_and_not_followed(
    publisher: Publisher, published: Path, tmp_path: Path
) -> None:
    shutil.rmtree(published / "ps1")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("mine")
    (published / "ps1").symlink_to(tmp_path / "elsewhere")
    publisher.autograded("fern", {"ps1": "new"})
    assert not (published / "ps1").is_symlink() and os.listdir(published) == ["ps1"]
    assert (tmp_path / "elsewhere" / "file").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_folder_is_named_and_the_old_result_stays(
    publisher: Publisher,
    published: Path,
    tree: Callable[[Path], Tree],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    before = tree(published)

    def refuse(target: int, data: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(writing, "_write", refuse)
    with pytest.raises(
        PublicationError, match=rf"autograded/fern/ps1 cannot be written \({os.strerror(number)}"
    ):
        publisher.autograded("fern", {"ps1": "new"})
    assert tree(published) == before


def test_a_file_in_the_place_of_a_folder_is_named(publisher: Publisher, course: Path) -> None:
    (course / "autograded").write_text("in the way")
    with pytest.raises(PublicationError, match=r"autograded/fern/ps1 cannot be written .*then run"):
        publisher.autograded("fern", {"ps1": "new"})
