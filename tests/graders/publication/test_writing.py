"""Files of a new folder: all of them, with their contents and permissions."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest

from graders.publication import writing
from graders.publication.writing import kept, write_files


def test_files_and_their_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "given").write_bytes(b"x" * (writing.AT_A_TIME + 1))
    (tmp_path / "new").mkdir()
    contents = {
        PurePath("a/b/c.txt"): b"c",
        PurePath("a/d.bin"): tmp_path / "given",
        PurePath("e"): b"",
    }
    write_files(tmp_path / "new", contents, 0o640)
    found = {path.relative_to(tmp_path / "new"): path for path in (tmp_path / "new").rglob("*")}
    assert {path for path, file in found.items() if file.is_file()} == set(map(Path, contents))
    assert found[Path("a/b/c.txt")].read_bytes() == b"c"
    assert found[Path("a/d.bin")].read_bytes() == (tmp_path / "given").read_bytes()
    assert {file.stat().st_mode & 0o777 for file in found.values() if file.is_file()} == {0o640}


def test_permissions_are_those_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    usual = os.umask(0o077)
    try:
        write_files(tmp_path, {PurePath("a"): b""}, 0o664)
    finally:
        os.umask(usual)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o664


def test_large_files_are_not_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {}
    for name, size in (("small", 10), ("large", 50), ("next", 10), ("last", 10)):
        (tmp_path / name).write_bytes(b"x" * size)
        files[PurePath(name)] = tmp_path / name
    monkeypatch.setattr(writing, "MAX_KEPT", 20)
    monkeypatch.setattr(writing, "MAX_KEPT_IN_ALL", 25)
    assert kept(files) == {
        PurePath("small"): b"x" * 10,
        PurePath("large"): tmp_path / "large",
        PurePath("next"): b"x" * 10,
        PurePath("last"): tmp_path / "last",
    }
