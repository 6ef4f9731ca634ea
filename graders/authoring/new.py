"""A new assignment in a course."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat

from graders.authoring.skeleton import notebook, specimens
from graders.authoring.stack import copy_stack
from graders.course import Course
from graders.specimens import FOLDER

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""nbgrader takes more, but not in every place: names become folders, and parts of names of submissions."""


class AuthoringError(Exception):
    """Something cannot be made. The message says what is in the way, and the remedy."""


def make_assignment(course: Course, name: str) -> list[Path]:
    """Make a new assignment with a piece of work, an experiment and specimens; return the files to edit.

    Raises:
        AuthoringError: the name is none, or anything of that name is there. Nothing is ever overwritten.
        CourseError: the package is incomplete.
        OSError: it cannot be written; then nothing of it is left.
    """
    if not NAME.fullmatch(name):
        raise AuthoringError(
            f"{name!r} is no name for an assignment: use letters, digits, and _ . - between, as in 09_mean"
        )
    source, own = course.root / "source" / name, course.root / FOLDER / name
    for folder in (source, own):
        if folder.exists():
            raise AuthoringError(
                f"{folder} is there already, and nothing is overwritten: take another name, or remove it"
            )
    try:
        return _write(source, own)
    except OSError:
        for folder in (source, own):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(source: Path, own: Path) -> list[Path]:
    name = source.name
    copy_stack(source)
    path = source / f"{name}.ipynb"
    nbformat.write(notebook(name), path)
    made = [path]
    for relative, text in specimens().items():
        (own / relative).parent.mkdir(parents=True, exist_ok=True)
        (own / relative).write_text(text, "utf-8")
        made.append(own / relative)
    return made
