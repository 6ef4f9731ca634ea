"""The version of the schema is found as nbgrader finds it, and no program is started for that."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import nbgrader.api
import pytest

from graders.gradebook.schema import newest_schema, versions, without_asking_alembic


def test_the_newest_version_is_the_one_that_nbgrader_asks_alembic_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert newest_schema() == nbgrader.api.get_alembic_version()
    assert versions()[0] == newest_schema()


def test_a_gradebook_is_made_without_the_program_alembic_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "gradebook.db"
    with without_asking_alembic():
        nbgrader.api.Gradebook(f"sqlite:///{file}").close()
    database = sqlite3.connect(file)
    assert database.execute("select version_num from alembic_version").fetchall() == [(newest_schema(),)]
    database.close()


def test_nbgrader_asks_as_before_afterwards() -> None:
    original = nbgrader.api.get_alembic_version
    with without_asking_alembic():
        assert nbgrader.api.get_alembic_version is newest_schema
    assert nbgrader.api.get_alembic_version is original
