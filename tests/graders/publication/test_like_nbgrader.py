"""Folders have the files and permissions that nbgrader's own commands give them."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbgrader.api import Base, Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from sqlalchemy import create_engine
from traitlets.config import Config

from graders.publication import Publisher

if TYPE_CHECKING:
    from conftest import Tree


def by_nbgrader(course: Path, config: Config) -> None:
    """Fill autograded/ and feedback/ of fern with nbgrader's converters, without running anything."""
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.student_id, config.CourseDirectory.assignment_id = "fern", "ps1"
    config.Autograde.sanitize_preprocessors = config.Autograde.autograde_preprocessors = []
    config.GenerateFeedback.preprocessors = [GetGrades]
    coursedir = CourseDirectory(config=config)
    engine = create_engine(coursedir.db_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    with warnings.catch_warnings(action="ignore"):
        with Gradebook(coursedir.db_url) as book:
            book.add_assignment("ps1")
            book.add_notebook("ps1", "ps1")
        for converter in (Autograde, GenerateFeedback):
            converter(coursedir=coursedir, config=config).start()


def plain() -> Config:
    return Config()


def shared() -> Config:
    config = Config()
    config.CourseDirectory.groupshared = True
    return config


def own_permissions() -> Config:
    config = Config()
    config.Autograde.permissions = 640
    config.GenerateFeedback.permissions = 600
    return config


def kept_and_ignored() -> Config:
    config = Config()
    config.Autograde.exclude_overwriting = {"ps1": ["lib/keep.py"], "ps2": ["data.csv"]}
    config.CourseDirectory.ignore = ["my.*", "*.csv", "__pycache__"]
    return config


def other_folders() -> Config:
    config = Config()
    config.CourseDirectory.autograded_directory = "marked"
    config.CourseDirectory.directory_structure = "{nbgrader_step}/of/{student_id}/{assignment_id}"
    return config


@pytest.mark.parametrize("config", [plain, shared, own_permissions, kept_and_ignored, other_folders])
def test_both_folders_are_as_nbgrader_leaves_them(
    course: Path, tmp_path: Path, tree: Callable[[Path], Tree], config: Callable[[], Config]
) -> None:
    if config is other_folders:
        for step in ("source/.", "submitted/fern"):
            name, student = step.split("/")
            (course / name / "of").mkdir()
            (course / step / "ps1").rename(course / name / "of" / "ps1")
            if student != ".":
                (course / name / "of" / student).mkdir()
                (course / name / "of" / "ps1").rename(course / name / "of" / student / "ps1")
    theirs = tmp_path / "theirs"
    shutil.copytree(course, theirs)
    by_nbgrader(theirs, config())
    steps = ["feedback", "marked" if config is other_folders else "autograded"]
    made = {path.stem: path.read_text() for path in theirs.glob(f"{steps[1]}/**/*.ipynb")}
    pages = {path.stem: path.read_text() for path in theirs.glob("feedback/**/ps1*.html")}
    ours = config()
    ours.CourseDirectory.root = str(course)
    publisher = Publisher(CourseDirectory(config=ours), "ps1")
    made.pop(".hidden", None)  # nbgrader copies it with the other files, and so do we
    assert publisher.autograded("fern", made) == ()
    publisher.feedback("fern", pages)
    for step in steps:
        assert tree(course / step) == tree(theirs / step)
        assert len(tree(course / step)) > 5
