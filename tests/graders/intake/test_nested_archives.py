"""An archive in an archive is unpacked, and no deeper one: within the limits of one student."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from graders.intake import limits, staging

if TYPE_CHECKING:
    from conftest import Desk

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"


@pytest.mark.parametrize("path", ["ada.zip", "ada/abgabe.zip", "Ada_1_assignsubmission_file_/abgabe.zip"])
@pytest.mark.parametrize("inner", ["inner.zip", "folder/inner.zip"])
def test_the_notebook_in_an_archive_in_an_archive_is_graded(desk: Desk, path: str, inner: str) -> None:
    packed = desk.zipped({NOTEBOOK: desk.work("a"), "points.csv": b"1"})
    desk.put(path, desk.zipped({inner: packed, "notes.md": b"mine"}))
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert {NOTEBOOK, "points.csv"} <= desk.submitted("ada").keys() and desk.notebook("ada") == desk.work("a")
    assert not desk.notes("ada")


def test_beside_a_notebook_an_archive_stays_as_it_is(desk: Desk) -> None:
    packed = desk.zipped({NOTEBOOK: desk.work("inner")})
    desk.put("ada/abgabe.zip", desk.zipped({NOTEBOOK: desk.work("outer"), "inner.zip": packed}))
    desk.collect()
    assert desk.submitted("ada") == {NOTEBOOK: desk.work("outer"), "inner.zip": packed}


def test_an_archive_in_an_archive_in_an_archive_is_not_unpacked(desk: Desk) -> None:
    inner = desk.zipped({NOTEBOOK: desk.work("a")})
    desk.put("ada.zip", desk.zipped({"outer.zip": desk.zipped({"work.zip": inner})}))
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert desk.submitted("ada") == {"work.zip": inner}
    told = "there is no notebook, only work.zip: unpack it first, and hand in 07_training.ipynb"
    assert told in desk.notes("ada")


def test_archives_within_each_other_are_unpacked_within_the_limits_of_one_student(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MAX_STUDENT_BYTES", 4 * limits.MIB)
    files = {f"{number}.bin": os.urandom(limits.MIB) for number in range(3)}
    inner = desk.zipped(files)
    desk.put("ada/one.zip", desk.zipped({"two.zip": inner}))
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    assert desk.states() == {"ada": "new", "bo": "new"}
    assert sum(map(len, desk.submitted("ada").values())) <= 4 * limits.MIB
    assert "left out: it is larger than the" in desk.notes("ada") and desk.notebook("bo") == desk.work("b")


def test_of_hundreds_of_archives_in_an_archive_some_are_unpacked(desk: Desk) -> None:
    inner = {f"{number}.zip": desk.zipped({f"{number}.csv": b"1"}) for number in range(300)}
    desk.put("ada/work.zip", desk.zipped(inner))
    desk.collect()
    kinds = Counter(name.rpartition(".")[2] for name in desk.submitted("ada"))
    assert kinds["csv"] == limits.MAX_STUDENT_ARCHIVES - 1 and kinds["zip"] >= 300 - kinds["csv"]
    assert "was not unpacked: at most 20 zip files are; hand in the notebook alone" in desk.notes("ada")


@pytest.mark.parametrize("depth", [1, 2])
def test_a_bomb_in_an_archive_in_an_archive_is_left_out(desk: Desk, depth: int) -> None:
    packed = desk.zipped({"zeros.bin": bytes(64 * limits.MIB)})
    for _ in range(depth):
        packed = desk.zipped({"work.zip": packed})
    desk.put("ada.zip", packed)
    desk.put("bo.zip", desk.zipped({NOTEBOOK: desk.work("b")}))
    desk.collect()
    assert all(len(content) < limits.MIB for content in desk.submitted("ada").values())
    assert "there is no notebook, only " in desk.notes("ada") and desk.notebook("bo") == desk.work("b")
