"""The gradebook that is read in one query for each assignment says what nbgrader's own says."""

from __future__ import annotations

import warnings
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import BasePlugin, CsvExportPlugin
from sqlalchemy import event
from traitlets.config import Config

from graders.gradebook.whole import WholeGradebook

if TYPE_CHECKING:
    from conftest import Graded, Open

DUE = datetime(2026, 3, 1, 12)


class OnePoint(BasePlugin):
    """Takes off a point for being late."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> Any:
        return 1.0


@pytest.fixture
def several(open_book: Open, graded: Graded, as_nbgrader: Gradebook) -> None:
    """Two assignments; of the first, submissions in time, late, and none."""
    config = Config()
    config.AssignLatePenalties.plugin_class = OnePoint
    book = open_book(config)
    book.save(graded("fern", timestamp=DUE - timedelta(hours=1), t1=0.1))
    book.save(graded("heron", timestamp=DUE + timedelta(hours=1), t1=1 / 3))
    as_nbgrader.add_student("moth")
    as_nbgrader.add_assignment("ps2", course_id="training")


def exported(book: Gradebook, path: Path) -> str:
    exporter = CsvExportPlugin()
    exporter.to = str(path)
    with warnings.catch_warnings(action="ignore"):
        exporter.export(book)
    return path.read_text("utf-8")


def whole(database: Path) -> WholeGradebook:
    return WholeGradebook(f"sqlite:///{database}", "training")


@pytest.mark.usefixtures("several")
def test_nbgrader_exports_the_same_table(database: Path, as_nbgrader: Gradebook, tmp_path: Path) -> None:
    with whole(database) as book:
        table = exported(book, tmp_path / "ours.csv")
    assert table == exported(as_nbgrader, tmp_path / "theirs.csv")
    assert len(table.splitlines()) == 1 + 2 * 3 and ",2.0," in table


@pytest.mark.usefixtures("several")
def test_submissions_of_a_class_are_read_in_one_query(database: Path) -> None:
    asked: list[str] = []
    with whole(database) as book:
        event.listen(book.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        found = [book.find_submission("ps1", student) for student in ("fern", "heron")]
        assert [one.late_submission_penalty for one in found] == [0.0, 2.0]
        assert all(one.score > 0 for one in found)
    assert len(asked) == 1


@pytest.mark.usefixtures("several")
def test_a_submission_that_is_not_there_is_missing(database: Path) -> None:
    with whole(database) as book:
        for assignment, student in (("ps1", "moth"), ("ps2", "fern"), ("ps3", "fern"), ("ps1", "nobody")):
            with pytest.raises(MissingEntry, match=student):
                book.find_submission(assignment, student)
