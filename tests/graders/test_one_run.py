"""One run at a time, and nothing of a killed one is left."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from graders.one_run import LOCK, PREFIX, CourseBusyError, only_run


def test_a_second_run_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    with (
        only_run(tmp_path),
        pytest.raises(CourseBusyError, match="wait for its end, or interrupt it"),
        only_run(tmp_path),
    ):
        pytest.fail("two runs at a time")


def test_another_course_is_not_locked(tmp_path: Path) -> None:
    with only_run(tmp_path / "one"), only_run(tmp_path / "other"):
        assert (tmp_path / "one" / LOCK).is_file() and (tmp_path / "other" / LOCK).is_file()


def test_after_a_run_the_course_is_free_however_it_ended(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), only_run(tmp_path):
        raise KeyboardInterrupt
    with only_run(tmp_path):
        assert (tmp_path / LOCK).is_file()


def test_temporary_files_of_a_run_are_gone_afterwards(tmp_path: Path) -> None:
    usual = tempfile.gettempdir()
    with only_run(tmp_path):
        folder = Path(tempfile.mkdtemp())
        assert folder.parent.name.startswith(PREFIX)
        (folder / "file").write_text("text")
    assert not folder.parent.exists() and tempfile.gettempdir() == usual


def test_the_next_run_removes_what_a_killed_one_has_left(tmp_path: Path) -> None:
    process = os.fork()
    if not process:
        with only_run(tmp_path):
            os.kill(os.getpid(), 9)
    os.waitpid(process, 0)
    left = Path((tmp_path / LOCK).read_text())
    assert left.is_dir() and left.name.startswith(PREFIX)
    with only_run(tmp_path):
        assert not left.exists()


@pytest.mark.parametrize("name", ["home", f"{PREFIX}link"])
def test_nothing_else_is_removed_whatever_the_lock_says(tmp_path: Path, name: str) -> None:
    precious = tmp_path / "home"
    precious.mkdir()
    (tmp_path / f"{PREFIX}link").symlink_to(precious)
    (tmp_path / LOCK).parent.mkdir()
    (tmp_path / LOCK).write_text(str(tmp_path / name))
    with only_run(tmp_path):
        assert precious.is_dir() and (tmp_path / f"{PREFIX}link").is_symlink()
