"""Transactions on the gradebook: all or nothing, with patience for whoever else has it open."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

T = TypeVar("T")

ATTEMPT_SECONDS = 1.0
"""How long SQLite itself waits for a lock. In that time Ctrl-C is not heard, so the rest is waited here."""

WRITES = "graders_writes"

_FROM_BACKUP = "put back a backup of it, or move it away for a new one, without what was entered by hand"

REMEDIES = {
    "database is locked": "",  # a GradebookLocked, which says it at more length
    "no such table": "back it up, then run `nbgrader db upgrade`",
    "no such column": "back it up, then run `nbgrader db upgrade`",
    "has no column": "back it up, then run `nbgrader db upgrade`",
    "readonly database": "make the file and its folder writable for this account",
    "unable to open": "make the file and its folder readable and writable for this account",
    "disk is full": "make room on its disk",
    "disk I/O error": "check its disk, and make room on it",
    "not a database": _FROM_BACKUP,
    "malformed": _FROM_BACKUP,
}
"""Parts of SQLite's messages, and what to do about each."""


class GradebookError(Exception):
    """The gradebook cannot be read or written, and is as it was. The message names it, and the remedy."""


class NotInGradebook(GradebookError):
    """There is no gradebook yet, or it does not know the assignment yet: releasing one changes both."""


class GradebookLocked(GradebookError):
    """Another program kept the gradebook locked; the same call can be made again later."""


class Database:
    """An nbgrader database that is there already.

    It keeps one connection open; so make it in the process that uses it, and close it at the end.
    """

    def __init__(self, db_url: str, busy_seconds: float = 30.0) -> None:
        """Prepare to connect; busy_seconds: how long to wait for a lock.

        Raises:
            NotInGradebook: its file is missing.
            GradebookError: the address is none, or there is no file at its place.
        """
        url = address_of(db_url)
        self.name = url.database or db_url if url.drivername.startswith("sqlite") else url.render_as_string()
        self._busy_seconds = busy_seconds
        self._engine = _engine(url, min(busy_seconds, ATTEMPT_SECONDS))

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads, all of it from one moment. Raises GradebookError."""
        return self._patiently(work, writes=False)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction: whatever it raises, nothing of it stays.

        It may be called again where a lock was in the way.

        Raises:
            GradebookLocked: the lock was in the way all the time.
            GradebookError: the database refused.
        """
        return self._patiently(work, writes=True)

    def _patiently(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                with self._engine.connect() as plain:
                    connection = plain.execution_options(**{WRITES: writes})
                    with connection.begin():
                        return work(connection)
            except GradebookError as error:
                raise type(error)(f"{self.name}: {error}") from error.__cause__
            except DBAPIError as error:
                if not _is_locked(error):
                    raise GradebookError(self._explained(error)) from error
                if time.monotonic() >= deadline:
                    raise GradebookLocked(self._locked()) from error

    def _locked(self) -> str:
        return (
            f"{self.name} was locked by another program for {self._busy_seconds:g} seconds: "
            "close the formgrader and other nbgrader commands that use it, then run the command again"
        )

    def _explained(self, error: DBAPIError) -> str:
        again = f"{remedy_of(error)}, then run the command again"
        return f"{self.name} cannot be used ({str(error.orig).strip()}): {again}; it is as it was before"


def remedy_of(error: DBAPIError) -> str:
    """Say what to do about an error of the database."""
    said = str(error.orig)
    return next((text for part, text in REMEDIES.items() if part in said), "mend this")


def address_of(db_url: str) -> URL:
    """Return the address of a database that is there, as far as can be seen before it is opened.

    Raises:
        NotInGradebook: its file is missing.
        GradebookError: the address is none, or there is no file at its place.
    """
    try:
        url = make_url(db_url)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError):
        raise GradebookError(
            f"{db_url!r} is no address of a database: correct c.CourseDirectory.db_url in nbgrader_config.py"
        ) from None
    path = Path(url.database or "")
    if url.get_backend_name() != "sqlite" or path.is_file():
        return url
    if path.exists():
        raise GradebookError(f"{path} is no file: {_FROM_BACKUP}, then run the command again")
    raise NotInGradebook(f"there is no gradebook {path}: run `nbgrader generate_assignment` first")


def _engine(url: URL, attempt_seconds: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": attempt_seconds})
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    return engine


def _leave_transactions_to_us(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Take the lock for writing at once: one that is taken in the middle cannot be waited for."""
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_locked(error: DBAPIError) -> bool:
    return "locked" in str(error.orig) and isinstance(error.orig, sqlite3.OperationalError)
