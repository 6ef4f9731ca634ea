"""The gradebook: is it there, can it be read and written, has it nbgrader's schema, is there a backup."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from traitlets.config import Config

from graders.doctor.findings import Finding, ok, problem, warning
from graders.gradebook.database import Database, GradebookError
from graders.gradebook.schema import newest_schema, versions

PATIENCE_SECONDS = 2.0
"""How long a lock may take; nbgrader's own transactions take milliseconds."""


def examine(config: Config) -> Iterator[Finding]:
    """Look at the database that a course's configuration names."""
    address = str(CourseDirectory(config=config).db_url)
    try:
        url = make_url(address)
    except ArgumentError:
        yield problem("database", f"{address!r} is no database", "correct c.CourseDirectory.db_url")
        return
    file = Path(url.database or "") if url.drivername.startswith("sqlite") else None
    if file is not None and file.exists() and not file.is_file():
        yield problem(
            "database",
            f"{file} is no file, and so no gradebook",
            "move it away and put back a backup of the gradebook, or correct c.CourseDirectory.db_url",
        )
        return
    if file is not None and not file.exists():
        yield ok("database", f"{file} is not there yet: the first command that grades makes it")
        return
    try:
        database = Database(address, PATIENCE_SECONDS)
        try:
            yield from _schema(database)
            database.write(lambda connection: None)
        finally:
            database.close()
    except GradebookError as error:
        what, _, remedy = str(error).rpartition(": ")
        yield problem("database", what or str(error), remedy)
        return
    yield ok("database", f"{url.database} can be read and written, and is not locked")
    if file is not None:
        yield backup(file)


def _schema(database: Database) -> Iterator[Finding]:
    newest, found = newest_schema(), database.read(_version)
    if found == newest:
        yield ok("database", f"its schema is nbgrader's, {found}")
        return
    if found in versions():
        yield problem(
            "database",
            f"its schema is {found}, and this nbgrader needs {newest}",
            "back it up, then run `nbgrader db upgrade`",
        )
    else:
        yield problem(
            "database",
            f"its schema is {found or 'none'}, which this nbgrader does not know",
            "use the nbgrader that made it, or put back a backup",
        )


def _version(connection: Connection) -> str:
    return str(connection.execute(text("select version_num from alembic_version")).scalar() or "")


def backup(file: Path) -> Finding:
    """Look for a copy of a database's file beside it."""
    copies = [path for path in file.parent.glob(f"{file.stem}*") if path != file and _is_copy(path, file)]
    if not copies:
        return warning(
            "database",
            f"there is no backup of {file} beside it",
            f"make one while nobody grades: {_backup_command(file)}",
        )
    newest = max(copies, key=lambda path: path.stat().st_mtime)
    days = (file.stat().st_mtime - newest.stat().st_mtime) / 86_400
    if days > 1:
        return warning(
            "database",
            f"the newest backup, {newest.name}, is {days:.0f} days older than the gradebook",
            f"make a new one: {_backup_command(file)}",
        )
    return ok("database", f"its newest backup is {newest.name}")


def _backup_command(file: Path) -> str:
    """What a shell takes; in the command for sqlite3 a name has quotes of its own."""
    return shlex.join(["sqlite3", str(file), f'.backup "{file}.backup"'])


def _is_copy(path: Path, file: Path) -> bool:
    """Whether a file beside the database is a copy of one, and none of SQLite's journals."""
    return path.is_file() and not path.name.removeprefix(file.name).startswith(("-", "_"))
