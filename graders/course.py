"""A course's folder: where its assignments, submissions and results are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

if TYPE_CHECKING:  # where an assignment is can be told before anything of it is read
    from graders.assignment import Assignment

CONFIG = "nbgrader_config.py"

STATES = Path(".graders") / "graded"
"""Below the course's folder: by assignment, what is known of each student's last grading.

May be deleted: everybody is then graded again.
"""


class CourseError(Exception):
    """The course's folder is not as it must be. The message names the file and the remedy."""


class Course:
    """An nbgrader course, from its folder and its nbgrader_config.py."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def assignment(self, name: str) -> Assignment:
        """Read an assignment.

        Raises AssignmentError; where there is none of that name, it lists those that are there.
        """
        from graders.assignment import AssignmentError, load

        folder = self.folder(name)
        if not folder.is_dir():
            there = ", ".join(self.assignments()) or "none"
            raise AssignmentError(f"there is no assignment {name!r} in {folder.parent}; there are: {there}")
        return load(folder)

    def folder(self, assignment: str) -> Path:
        """Where an assignment of this name is, or would be."""
        return self.root / "source" / assignment

    def assignments(self) -> list[str]:
        """Names of the assignments: folders of source/ with a notebook of the folder's name."""
        return sorted(
            path.parent.name for path in self.root.glob("source/*/*.ipynb") if path.stem == path.parent.name
        )

    def config(self) -> Config:
        """Load nbgrader_config.py. Raises CourseError."""
        if not (self.root / CONFIG).is_file():
            raise CourseError(
                f"{self.root} has no {CONFIG}: run the command in a course's folder, "
                "or name one with --course"
            )
        config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        config.CourseDirectory.root = str(self.root)
        return config


def find_course(start: Path) -> Course:
    """Find the course that a folder belongs to: the nearest one above with source/ and nbgrader_config.py.

    Raises:
        CourseError: there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if is_course(folder):
            return Course(folder)
    raise CourseError(
        f"{os.fspath(start)} is in no course (a folder with source/ and {CONFIG}): go to one, or name one "
        "with --course"
    )


def is_in_course(start: Path) -> bool:
    """Whether a folder belongs to a course."""
    return any(map(is_course, (start.resolve(), *start.resolve().parents)))


def own_course() -> Course:
    """Return the course that this package stands in, as it does in a clone of its repository.

    Raises:
        CourseError: the package is installed elsewhere.
    """
    folder = Path(__file__).resolve().parent.parent
    if not is_course(folder):
        raise CourseError(f"the package in {folder} stands in no course: name one with --course")
    return Course(folder)


def is_course(folder: Path) -> bool:
    """Whether a folder holds a course."""
    return (folder / "source").is_dir() and (folder / CONFIG).is_file()
