"""The schema of nbgrader's database: its versions, and the newest, which a new gradebook has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import nbgrader.api


@cache
def newest_schema() -> str:
    """Return the version of the schema that this nbgrader makes."""
    return versions()[0]


@cache
def versions() -> tuple[str, ...]:
    """Return all versions of the schema that this nbgrader knows, the newest first."""
    from alembic.script import ScriptDirectory  # needed for a new gradebook only

    script = ScriptDirectory(str(Path(nbgrader.api.__file__).parent / "alembic"))
    return tuple(revision.revision for revision in script.walk_revisions())


@contextmanager
def without_asking_alembic() -> Iterator[None]:
    """Inside of the block, nbgrader makes databases without the program `alembic`.

    It would start it to ask for the newest version, which takes a second, and fails where the program is not
    on the PATH.
    """
    original = nbgrader.api.get_alembic_version
    nbgrader.api.get_alembic_version = newest_schema
    try:
        yield
    finally:
        nbgrader.api.get_alembic_version = original
