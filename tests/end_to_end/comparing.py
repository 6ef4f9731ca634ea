"""What a course holds after grading, in a form in which two courses can be compared."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.end_to_end.conftest import CourseFolder

Table = list[dict[str, Any]]


def tables(course: CourseFolder) -> dict[str, Table]:
    """All tables of the gradebook, with names in the place of keys, sorted."""
    found: dict[str, Table] = {}
    for (name,) in course.sql("select name from sqlite_master where type = 'table' order by name"):
        columns = [column for _, column, *_ in course.sql(f"pragma table_info({name})")]
        found[name] = [dict(zip(columns, row, strict=True)) for row in course.sql(f"select * from {name}")]
    known: dict[object, str] = {}
    for name, keys in {
        "assignment": ("name",),
        "notebook": ("assignment_id", "name"),
        "base_cell": ("notebook_id", "name", "type"),
        "source_cell": ("notebook_id", "name"),
        "submitted_assignment": ("assignment_id", "student_id"),
        "submitted_notebook": ("assignment_id", "notebook_id"),
        "grade": ("notebook_id", "cell_id"),
        "comment": ("notebook_id", "cell_id"),
    }.items():
        for row in found[name]:
            known[row["id"]] = "/".join([name, *(str(known.get(row[key], row[key])) for key in keys)])
    named = {
        name: [{column: known.get(value, value) for column, value in row.items()} for row in rows]
        for name, rows in found.items()
    }
    return {name: sorted(rows, key=repr) for name, rows in named.items()}


def tree(folder: Path) -> dict[str, tuple[str, bytes | None]]:
    """Modes and contents of all that is in a folder, by path."""
    return {
        str(path.relative_to(folder)): (
            stat.filemode(path.lstat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in sorted([folder, *folder.rglob("*")])
    }


def timeless_tree(folder: Path) -> dict[str, tuple[str, object]]:
    """Modes and contents of all that is in a folder, but for how long code ran."""
    return {path: (mode, _timeless(path, data)) for path, (mode, data) in tree(folder).items()}


def results(course: CourseFolder) -> dict[str, object]:
    """All that grading leaves: the gradebook, both folders and grades.csv; not how long code ran."""
    found: dict[str, object] = {f"table {name}": rows for name, rows in tables(course).items()}
    for step in ("autograded", "feedback"):
        if (course.root / step).exists():
            entries = timeless_tree(course.root / step).items()
            found |= {f"{step}/{path}": entry for path, entry in entries}
    found["grades.csv"] = sorted((course.root / "grades.csv").read_text("utf-8").splitlines())
    return found


def _timeless(path: str, data: bytes | None) -> object:
    if data is None or not path.endswith(".ipynb"):
        return data
    notebook = json.loads(data)
    assert notebook["metadata"]["graders"].pop("seconds", 0.0) >= 0
    return notebook


def differences(one: dict[str, object], other: dict[str, object]) -> list[str]:
    """Names of what differs between the results of two courses."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
