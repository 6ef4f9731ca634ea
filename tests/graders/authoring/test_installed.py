"""What is installed from the wheel sets up a course from any folder, without a clone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as the wheel has it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def graders(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "graders", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=100)


def test_the_wheel_holds_the_assignments_and_no_traces_of_running(installed: Path) -> None:
    course = installed / "graders" / "_course"
    assert {path.name for path in (course / "source").iterdir()} >= {"07_training", "08_adam"}
    assert (course / "specimens" / "08_adam" / "wheats").is_dir()
    assert not list(course.rglob("__pycache__"))


def test_files_are_checked_from_another_folder_with_the_assignments_that_are_installed(
    installed: Path, tmp_path: Path
) -> None:
    source = ROOT / "source" / "08_adam" / "08_adam.ipynb"
    (tmp_path / "homework.ipynb").write_bytes(source.read_bytes())
    done = graders(installed, tmp_path, "check", "--json", "homework.ipynb")
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads(done.stdout)
    assert (record["assignment"], record["score"]) == ("08_adam", 20)


def test_a_course_is_made_from_another_folder_and_takes_a_new_assignment(
    installed: Path, tmp_path: Path
) -> None:
    made = graders(installed, tmp_path, "init", "course", "--yes")
    assert made.returncode == 0, made.stdout + made.stderr
    original = (ROOT / "source" / "07_training" / "07_training.ipynb").read_bytes()
    assert (tmp_path / "course" / "source" / "07_training" / "07_training.ipynb").read_bytes() == original
    new = graders(installed, tmp_path / "course", "new", "09_mine")
    assert new.returncode == 0, new.stdout + new.stderr
    assert (tmp_path / "course" / "source" / "09_mine" / "tinystack" / "lab" / "part.py").is_file()
