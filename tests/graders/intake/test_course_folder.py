"""What the intake leaves in a course, and what it does where the course's disk does not let it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graders.intake import IntakeError, archives, notes_of
from graders.intake.shelf import FOLDER, record_path

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"


def test_nothing_is_left_but_submissions_and_records(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    before = desk.tree(desk.course.root).keys()
    desk.collect()
    assert desk.tree(desk.course.root).keys() - before == {
        f"submitted/ada/{NAME}/{NOTEBOOK}",
        f".graders/intake/{NAME}/ada.json",
        ".graders/intake/lock",
    }


def test_there_are_no_notes_on_what_the_intake_did_not_bring(desk: Desk) -> None:
    assert notes_of(desk.course, NAME, "nobody") == ()
    assert notes_of(desk.course, NAME, "x" * 300) == ()


def test_a_record_that_was_damaged_is_a_note_with_its_path(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    desk.collect()
    path = record_path(desk.course.root, NAME, "ada")
    path.write_text("{}")
    (note,) = notes_of(desk.course, NAME, "ada")
    assert str(path) in note and "collect again, or delete it" in note
    desk.collect()
    assert notes_of(desk.course, NAME, "ada") == ()


def test_what_a_killed_run_has_left_is_removed(desk: Desk) -> None:
    left = desk.course.root / FOLDER / "staging" / "student" / "0"
    left.mkdir(parents=True)
    desk.put("ada/07_training.ipynb", desk.work("a"))
    assert desk.states() == {"ada": "new"} and not left.exists()


def test_two_runs_at_once_are_refused(desk: Desk) -> None:
    (desk.course.root / FOLDER).mkdir(parents=True)
    with (desk.course.root / FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(IntakeError, match=r"collected .* already: wait until that ends"):
            desk.collect()


@pytest.mark.parametrize("at", range(6))
def test_a_full_disk_stops_with_a_remedy_and_the_next_run_completes(
    desk: Desk, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bo", "cy"):
        desk.put(f"{name}/07_training/07_training.ipynb", desk.work("first"))
    desk.collect()
    for name in ("ada", "bo", "cy"):
        desk.put(f"{name}/07_training/07_training.ipynb", desk.work("second"))
    with monkeypatch.context() as patch:
        _fill(patch, at)
        with pytest.raises(IntakeError, match="is full: make room and collect again"):
            desk.collect()
    kept = [desk.notebook(name) or b"" for name in ("ada", "bo", "cy")]
    kept += [files[NOTEBOOK] for files in desk.replaced()]
    assert sum(content == desk.work("first") for content in kept) == 3
    assert set(desk.states()) == {"ada", "bo", "cy"}
    assert [desk.notebook(name) for name in ("ada", "bo", "cy")] == [desk.work("second")] * 3
    assert [files[NOTEBOOK] for files in desk.replaced()] == [desk.work("first")] * 3


def _fill(patch: pytest.MonkeyPatch, at: int) -> None:
    """Let the disk be full at one of the copies or moves."""
    copies, moves = [0], [0]
    real_copy, real_move = archives.copy, shutil.move

    def copy(*arguments: Any) -> int:
        copies[0] += 1
        if copies[0] == at // 2 + 1 and at % 2 == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_copy(*arguments)

    def move(*arguments: Any) -> object:
        moves[0] += 1
        if moves[0] == at and at % 2 == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_move(*arguments)

    patch.setattr("graders.intake.staging.copy", copy)
    patch.setattr("graders.intake.shelf.shutil.move", move)


def test_a_file_of_the_source_that_cannot_be_read_costs_its_student_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = desk.put("ada/07_training/07_training.ipynb", desk.work("a"))
    desk.put("bo/07_training/07_training.ipynb", desk.work("b"))
    real = os.open

    def refuse(path: Any, *arguments: Any, **named: Any) -> int:
        if Path(path) == bad:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *arguments, **named)

    monkeypatch.setattr("graders.intake.files.os.open", refuse)
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert "07_training.ipynb was left out: it cannot be read (Permission denied)" in desk.notes("ada")
    assert desk.notebook("bo") == desk.work("b")


def test_a_submitted_folder_that_is_a_file_stops_with_its_name(desk: Desk) -> None:
    desk.put("ada/07_training.ipynb", desk.work("a"))
    (desk.course.root / "submitted").write_text("x")
    with pytest.raises(IntakeError, match=r"collecting stopped: .*submitted"):
        desk.collect()
