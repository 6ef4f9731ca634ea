"""A small course whose folders nbgrader's own commands fill as well, to compare with."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from graders.publication import Publisher

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'

Tree = dict[str, tuple[str, bytes | None]]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


SOURCE = {"ps1.ipynb": NOTEBOOK, "data.csv": "1,2", "lib/helper.py": "x = 1", "lib/keep.py": "y = 1"}

SUBMITTED = {
    "ps1.ipynb": NOTEBOOK,
    "extra.ipynb": NOTEBOOK,
    "timestamp.txt": "2026-02-27 09:30:00 UTC\n",
    "data.csv": "9,9",
    "lib/keep.py": "y = 2",
    "notes/my.txt": "mine",
    ".hidden.txt": "hidden",
    ".hidden.ipynb": "{}",
    ".ipynb_checkpoints/old.txt": "old",
    "lib/__pycache__/a.pyc": "",
    "lib/b.pyc": "",
    "feedback/page.html": "old page",
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one assignment, and a submission by fern that has changed and added files."""
    root = tmp_path / "course"
    submitted = root / "submitted" / "fern" / "ps1"
    write(root / "source" / "ps1", SOURCE)
    write(submitted, SUBMITTED)
    (submitted / "notes" / "my.txt").chmod(0o755)
    return root


@pytest.fixture
def new_publisher(course: Path) -> Callable[..., Publisher]:
    """new_publisher(config): one for the course."""

    def make(config: Config | None = None) -> Publisher:
        config = config or Config()
        config.CourseDirectory.root = str(course)
        return Publisher(CourseDirectory(config=config), "ps1")

    return make


@pytest.fixture
def publisher(new_publisher: Callable[..., Publisher]) -> Publisher:
    return new_publisher()


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], Tree]:
    """tree(folder): modes and contents of all that is in it, by path."""

    def read(folder: Path) -> Tree:
        found: Tree = {}
        for path in sorted([folder, *folder.rglob("*")]):
            content = path.read_bytes() if path.is_file() else None
            found[os.path.relpath(path, folder)] = stat.filemode(path.lstat().st_mode), content
        return found

    return read
