"""A gradebook with one assignment of two notebooks, made by nbgrader, and nbgrader's own view on it."""

from __future__ import annotations

import shutil
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Base, Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Engine, create_engine, event
from traitlets.config import Config

from graders.gradebook import ClassGradebook
from graders.graded import GradedNotebook, GradedSubmission

ASSIGNMENT = "ps1"
DUE = datetime(2026, 3, 1, 12)

Open = Callable[..., ClassGradebook]
Graded = Callable[..., GradedSubmission]


@contextmanager
def nbgrader_s(db_url: str) -> Iterator[Gradebook]:
    """nbgrader's own gradebook, without its warnings on how it uses SQLAlchemy."""
    with warnings.catch_warnings(action="ignore"), Gradebook(db_url, "training") as book:
        yield book


@pytest.fixture(scope="session")
def empty_gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that knows the assignment, and no student."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)  # else nbgrader starts a program that may not be in the PATH
    engine.dispose()
    with nbgrader_s(f"sqlite:///{path}") as book:
        book.add_assignment(ASSIGNMENT, duedate=DUE, course_id="training")
        for name in ("p1", "p2"):
            book.add_notebook(name, ASSIGNMENT, kernelspec='{"name": "python3"}')
            for cell, points in (("t1", 5.0), ("t2", 3.0)):
                book.add_grade_cell(cell, name, ASSIGNMENT, max_score=points, cell_type="code")
                book.add_source_cell(
                    cell, name, ASSIGNMENT, cell_type="code", source="assert f()", locked=True, checksum="c"
                )
            book.add_solution_cell("s1", name, ASSIGNMENT)
            book.add_source_cell("s1", name, ASSIGNMENT, cell_type="code", source="", locked=False)
        book.add_grade_cell("essay", "p1", ASSIGNMENT, max_score=4.0, cell_type="markdown")
        book.add_solution_cell("essay", "p1", ASSIGNMENT)
        book.add_source_cell("essay", "p1", ASSIGNMENT, cell_type="markdown", source="Why?", locked=False)
        book.add_task_cell("task", "p1", ASSIGNMENT, max_score=2.0, cell_type="markdown")
        book.add_source_cell("task", "p1", ASSIGNMENT, cell_type="markdown", source="Do it.", locked=True)
        book.add_source_cell("intro", "p1", ASSIGNMENT, cell_type="markdown", source="Read.", locked=True)
    return path


@pytest.fixture
def database(empty_gradebook: Path, tmp_path: Path) -> Path:
    """A copy of the database for one test."""
    return Path(shutil.copy(empty_gradebook, tmp_path / "gradebook.db"))


@pytest.fixture
def open_book(database: Path) -> Iterator[Open]:
    """open_book(config, busy_seconds): the class's gradebook, closed at the end of the test."""
    opened: list[ClassGradebook] = []

    def make(config: Config | None = None, busy_seconds: float = 30.0) -> ClassGradebook:
        coursedir = CourseDirectory(config=config or Config(), root=str(database.parent))
        opened.append(ClassGradebook(coursedir, ASSIGNMENT, busy_seconds))
        return opened[-1]

    yield make
    for book in opened:
        book.close()


@pytest.fixture
def book(open_book: Open) -> ClassGradebook:
    return open_book()


@pytest.fixture
def as_nbgrader(database: Path) -> Iterator[Gradebook]:
    """nbgrader's own gradebook on the same file."""
    with nbgrader_s(f"sqlite:///{database}") as book:
        yield book


@pytest.fixture(scope="session")
def p1() -> Callable[..., GradedNotebook]:
    """p1(t1=...): the first notebook, with all points but for those given by name; `essay` waits."""

    def make(**scores: float | None) -> GradedNotebook:
        comments = {"s1": "No response.", "essay": None, "task": None}
        return GradedNotebook("p1", b"{}", {"t1": 5.0, "t2": 3.0, "essay": None, **scores}, comments)

    return make


@pytest.fixture(scope="session")
def graded(p1: Callable[..., GradedNotebook]) -> Graded:
    """graded(student, t1=...): a submission of both notebooks; the scores are those of the first."""

    def make(
        student: str = "fern",
        *,
        notebooks: tuple[GradedNotebook, ...] | None = None,
        timestamp: datetime | None = None,
        **scores: float | None,
    ) -> GradedSubmission:
        second = GradedNotebook("p2", b"{}", {"t1": 1.0, "t2": 0.0}, {"s1": None})
        given = (p1(**scores), second) if notebooks is None else notebooks
        return GradedSubmission(ASSIGNMENT, student, given, timestamp)

    return make


@pytest.fixture
def content(database: Path) -> Callable[[], list[str]]:
    """content(): all of the database, as SQL."""

    def dump() -> list[str]:
        with closing(sqlite3.connect(database)) as connection:
            return list(connection.iterdump())

    return dump


@pytest.fixture
def sql(database: Path) -> Callable[..., list[tuple[Any, ...]]]:
    """sql(statement, *values): run it on the database, as somebody else might."""

    def run(statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(database)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    return run


@pytest.fixture
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The statements that run during the test, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, executemany: bool
    ) -> None:
        seen.extend((statement, each) for each in (values if executemany else [values]))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)
