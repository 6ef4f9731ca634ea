"""A course without submissions, notebooks as students hand them in, and archives as an LMS makes them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from graders.assignment import Assignment, nbgrader_data
from graders.course import Course
from graders.intake import Collected, collect_into, notes_of

NAME = "07_training"
NOTEBOOK = f"{NAME}.ipynb"

Time = tuple[int, int, int, int, int, int]
NOON: Time = (2026, 11, 20, 12, 0, 0)


@dataclass(frozen=True)
class Desk:
    """A course, a folder `inbox` to collect from, and what came of it."""

    course: Course
    lesson: Assignment
    inbox: Path

    def put(self, path: str, content: bytes) -> Path:
        """Write a file below the inbox, with the folders above it."""
        target = self.inbox / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return target

    def collect(self, source: Path | None = None, **options: Any) -> Collected:
        """Collect from a source, or else from the inbox."""
        return collect_into(self.course, self.lesson, source or self.inbox, **options)

    def states(self, source: Path | None = None, **options: Any) -> dict[str, str]:
        """Collect, and return the state of each student."""
        return {each.student: each.state for each in self.collect(source, **options).students}

    def submitted(self, student: str) -> dict[str, bytes]:
        """All files of a student's submission."""
        return self.tree(self.course.root / "submitted" / student / NAME)

    def notebook(self, student: str) -> bytes | None:
        """A student's notebook as it is graded."""
        return self.submitted(student).get(NOTEBOOK)

    def notes(self, student: str) -> str:
        """What the grader will read of a student's submission, in one text."""
        return "\n".join(notes_of(self.course, NAME, student))

    def replaced(self) -> list[dict[str, bytes]]:
        """The files of each attempt that is kept and not graded."""
        folder = self.course.root / ".graders" / "replaced"
        return [self.tree(path) for path in sorted(folder.iterdir())] if folder.is_dir() else []

    @staticmethod
    def tree(folder: Path) -> dict[str, bytes]:
        """All files of a folder by their paths."""
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    def untouched(self) -> bytes:
        """The notebook as it was handed out, but for its hidden regions."""
        return _with_solutions(self.lesson.folder, "# YOUR CODE HERE\nraise NotImplementedError()")

    def work(self, text: str) -> bytes:
        """A notebook whose every solution cell is that text."""
        return _with_solutions(self.lesson.folder, text)

    @staticmethod
    def foreign(text: str = "print('something else')") -> bytes:
        """A notebook that is not of this assignment."""
        cell = nbformat.v4.new_code_cell(text, id="own")
        return nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()

    @staticmethod
    def zipped(files: Mapping[str, bytes], time: Time = NOON) -> bytes:
        """A zip file with these files, whose names are taken as they are."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(Desk.entry(name, time), content)
        return buffer.getvalue()

    @staticmethod
    def entry(name: str, time: Time = NOON, mode: int = 0o100644) -> zipfile.ZipInfo:
        """An entry of a zip file, whose name is taken as it is."""
        info = zipfile.ZipInfo("x", time)
        info.filename, info.compress_type, info.external_attr = name, zipfile.ZIP_DEFLATED, mode << 16
        return info


@pytest.fixture
def desk(tmp_path: Path, lesson: Assignment) -> Desk:
    """A course with one assignment and its release version, and an empty inbox."""
    made = Desk(Course(tmp_path / "course"), lesson, tmp_path / "inbox")
    root = made.course.root
    for step in ("source", "release"):
        (root / step / NAME).mkdir(parents=True)
    made.inbox.mkdir()
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'training'\n")
    (root / "source" / NAME / NOTEBOOK).write_bytes((lesson.folder / NOTEBOOK).read_bytes())
    (root / "release" / NAME / NOTEBOOK).write_bytes(made.untouched())
    return made


@cache
def _with_solutions(folder: Path, text: str) -> bytes:
    notebook = nbformat.read(folder / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if nbgrader_data(cell).get("solution"):
            cell.source = text
    return nbformat.writes(notebook).encode()
