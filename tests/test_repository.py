"""Claims about the files of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ("source", "release", "examples")
PYTHON_FOLDERS = ("graders", "source/07_training/tinystack")
MAX_LINES = 300
# Without git, what is found by walking; these are never committed.
UNCOMMITTED = {
    *(".git", ".venv", ".graders", ".ipynb_checkpoints", "__pycache__", "build", "dist"),
    *(".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *("autograded", "downloaded", "feedback", "submitted"),
}

# A path that only one machine has; a place that packages are fetched from. Neither pattern matches itself.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:root|work|home/\w[\w.-]*|Users/\w[\w.-]*)/")
REGISTRY = re.compile(
    r"\b(?:pypi\.(?:org|python)|pythonhosted\.org|registry\.npmjs|deb\.debian\.org)\b"
    r"|--(?:extra-)?index-(?:url)|--find-(?:links)[ =]"
)


def committed_files() -> list[Path]:
    """Return the files that are committed or would be; without git, all that is not made by tools."""
    return sorted(path for path in set(listed_by_git() or walk()) if path.is_file())


def listed_by_git() -> list[Path]:
    """Return what git knows or would add; where this is no clone, nothing."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        return []
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in UNCOMMITTED and not name.endswith(".egg-info")]
        yield from (Path(folder, name) for name in names if not name.startswith("gradebook.db"))


def text_of(path: Path) -> str:
    """Return a file's text; of a file that is no text, nothing."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def below(*folders: str, suffix: str) -> list[Path]:
    """Return the committed files with a suffix in these folders."""
    return [
        path
        for path in committed_files()
        if path.suffix == suffix and any(path.is_relative_to(ROOT / folder) for folder in folders)
    ]


def traces_of_running(cell: dict[str, Any]) -> list[str]:
    """Return what of a cell says that it was run, or that it is of a notebook format without ids."""
    traces = [] if cell.get("id") else ["has no id"]
    if cell["cell_type"] == "code":
        traces += ["has outputs"] if cell["outputs"] else []
        traces += ["has an execution count"] if cell["execution_count"] is not None else []
    return traces


def lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name_of(path)}:{number}: {line.strip()[:200]}"
        for path in committed_files()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("path", below(*LESSONS, suffix=".ipynb"), ids=name_of)
def test_notebook_is_committed_unrun_and_with_cell_ids(path: Path) -> None:
    if path.parts[-3] == "moth":
        pytest.skip("the sample class has one file that is cut off in the middle, on purpose")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert cells
    found = {f"cell {number}": traces_of_running(cell) for number, cell in enumerate(cells)}
    assert {cell: traces for cell, traces in found.items() if traces} == {}


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    assert lines_that_match(MACHINE_PATH) == []


def test_no_committed_file_names_a_package_registry() -> None:
    assert lines_that_match(REGISTRY) == []


@pytest.mark.parametrize(
    ("form", "name"),
    [("see /home/{}/x", "ann"), ("'/{}/.cache'", "root"), ("(/{}/main)", "work"), ("/Users/{}/y", "bo")],
)
def test_the_pattern_sees_a_path_of_one_machine(form: str, name: str) -> None:
    assert MACHINE_PATH.search(form.format(name))


@pytest.mark.parametrize("text", ["https://example.org/home/ann/x", "a/work/b", "/homework/", "/root.txt"])
def test_the_pattern_leaves_other_paths_alone(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_python_files_are_short() -> None:
    lengths = {
        name_of(path): len(text_of(path).splitlines()) for path in below(*PYTHON_FOLDERS, suffix=".py")
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_the_wheel_holds_the_wheats_and_chaffs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("graders/")}
    assert held >= {name_of(path) for path in below("graders", suffix=".py")}
    assert any(name.startswith("graders/wheats/") for name in held)
    assert any(name.startswith("graders/chaffs/") for name in held)
