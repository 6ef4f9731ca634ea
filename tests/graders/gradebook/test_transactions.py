"""All or nothing: interruptions, locks and broken databases leave the gradebook as it was."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Engine, Insert, Select, Update, event
from sqlalchemy.dialects import postgresql

from graders.gradebook import (
    ClassGradebook,
    GradebookError,
    GradebookLocked,
    NotInGradebook,
    cells,
    reading,
    saving,
)

if TYPE_CHECKING:
    from conftest import Graded, Open

Content = Callable[[], list[str]]

KILLED_AT = """
import os, signal, sys
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Engine, event
from graders.gradebook import ClassGradebook
from graders.graded import GradedNotebook, GradedSubmission

left = int(sys.argv[2])

def count(*statement):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

with ClassGradebook(CourseDirectory(root=sys.argv[1]), "ps1") as book:
    event.listen(Engine, "before_cursor_execute", count)
    book.save(GradedSubmission("ps1", "fern", (GradedNotebook("p1", b"{}", {"t1": 2.0}, {"s1": "x"}),)))
"""


class Interruption(BaseException):
    """Like Ctrl-C: no error of the database."""


@contextmanager
def interrupted_at(number: int) -> Iterator[None]:
    """Raise Interruption before a statement is run, counted from 0."""
    seen = 0

    def count(*statement: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == number + 1:
            raise Interruption

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", count)


@pytest.fixture
def someone_else(database: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the database locked for writing."""
    with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("begin immediate")
        yield connection


@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_an_interruption_before_any_statement_leaves_the_gradebook_as_it_was(
    book: ClassGradebook, content: Content, graded: Graded, statements: list[Any], again: bool
) -> None:
    book.save(graded("moth"))
    if again:
        book.save(graded("fern"))
    before, started = content(), len(statements)
    for number in range(50):
        try:
            with interrupted_at(number):
                book.save(graded("fern", t1=0.25))
            break
        except Interruption:
            assert content() == before
    assert number > 5 and len(statements) > started
    assert content() != before


def test_a_process_that_is_killed_leaves_the_gradebook_as_it_was(
    database: Path, content: Content, repository: Path, seed: int
) -> None:
    before = content()
    number = random.Random(seed).randrange(8)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(database.parent), str(number)],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert content() == before


def test_a_locked_gradebook_is_named_with_the_remedy_and_can_be_written_later(
    open_book: Open, content: Content, graded: Graded, someone_else: sqlite3.Connection
) -> None:
    book = open_book(busy_seconds=0.05)
    with pytest.raises(GradebookLocked, match=r"gradebook\.db was locked .*close the formgrader"):
        book.save(graded())
    someone_else.execute("commit")
    before = content()
    book.save(graded())
    assert content() != before


def test_a_lock_that_is_given_back_in_time_is_waited_for(
    book: ClassGradebook, content: Content, graded: Graded, someone_else: sqlite3.Connection
) -> None:
    timer = threading.Timer(0.2, lambda: someone_else.execute("commit"))
    timer.start()
    book.save(graded())
    timer.join()
    assert any("'fern'" in line for line in content())


def test_a_reader_in_the_way_of_the_end_of_a_transaction_is_waited_for_too(
    open_book: Open, database: Path, content: Content, graded: Graded
) -> None:
    book = open_book(busy_seconds=0.05)
    before = content()
    with closing(sqlite3.connect(database, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from student").fetchall()
        with pytest.raises(GradebookLocked):
            book.save(graded())
        reader.execute("commit")
    assert content() == before
    book.save(graded())
    assert content() != before


def test_a_missing_gradebook_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotInGradebook, match=r"there is no gradebook .*gradebook\.db: run `nbgrader gen"):
        ClassGradebook(CourseDirectory(root=str(tmp_path)), "ps1")
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(GradebookError, match=r"'gradebook' is no address .*c\.CourseDirectory\.db_url"):
        ClassGradebook(CourseDirectory(db_url="gradebook"), "ps1")


def test_an_unknown_assignment_is_named(database: Path) -> None:
    with pytest.raises(
        NotInGradebook, match=r"gradebook\.db: .* 'ps9': run `nbgrader generate_assignment ps9"
    ):
        ClassGradebook(CourseDirectory(root=str(database.parent)), "ps9")


def test_a_file_that_is_no_database_is_named(database: Path) -> None:
    database.write_bytes(b"no database" * 1000)
    with pytest.raises(GradebookError, match=r"gradebook\.db cannot be used .*put back a backup"):
        ClassGradebook(CourseDirectory(root=str(database.parent)), "ps1")


def test_a_gradebook_of_an_older_nbgrader_is_to_be_upgraded(
    database: Path, sql: Callable[..., list[Any]]
) -> None:
    sql("alter table notebook rename column kernelspec to kernel")
    with pytest.raises(GradebookError, match="`nbgrader db upgrade`"):
        ClassGradebook(CourseDirectory(root=str(database.parent)), "ps1")


def test_statements_can_be_said_to_other_databases_too() -> None:
    said = [
        str(value.compile(dialect=postgresql.dialect()))
        for module in (cells, reading, saving)
        for value in vars(module).values()
        if isinstance(value, (Select, Insert, Update))
    ]
    assert len(said) > 15 and any(text.endswith("FOR UPDATE") for text in said)
