"""The plug-ins in nbgrader's own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def course(pattern: Path, tmp_path: Path) -> Path:
    """A course's folder with the gradebook."""
    (tmp_path / "gradebook.db").write_bytes(pattern.read_bytes())
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "training"\n'
        "c.CanvasExportPlugin.student_field = 'email'\n"
    )
    return tmp_path


def export(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[3]
    own = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([own, os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(root),
    }
    command = [sys.executable, "-m", "nbgrader", "export", *arguments]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=100)


def test_settings_come_from_the_command_line_and_the_course_s_configuration(
    course: Path, samples: Path
) -> None:
    done = export(
        course,
        "--exporter=graders.export.CanvasExportPlugin",
        f"--CanvasExportPlugin.roster={samples / 'canvas.csv'}",
        "--CanvasExportPlugin.points=True",
        "--CanvasExportPlugin.columns=07_training zero_grad=Reading (4711)",
        "--to=grades.csv",
    )
    assert done.returncode == 0, done.stderr
    assert "Wrote grades.csv: " in done.stdout
    header, *_, ash = (course / "grades.csv").read_text().splitlines()[:4]
    assert "07_training scheduling" in header and "07_training zero_grad" not in header
    assert ash.startswith('"Tree, Ash",101,S-101,ash@example.edu,Lab A,15.00,39.50')


def test_an_error_is_a_message_with_a_remedy_and_exit_code_1(course: Path) -> None:
    done = export(
        course,
        "--exporter=graders.export.MoodleExportPlugin",
        "--MoodleExportPlugin.roster=nowhere.csv",
    )
    assert done.returncode == 1
    assert "nowhere.csv cannot be read" in done.stderr and "Traceback" not in done.stderr


def test_a_file_that_is_no_table_is_not_replaced(course: Path) -> None:
    before = (course / "gradebook.db").read_bytes()
    done = export(course, "--exporter=graders.export.CanvasExportPlugin", "--to=gradebook.db")
    assert done.returncode == 1 and "gradebook.db is there, and is not replaced" in done.stderr
    assert (course / "gradebook.db").read_bytes() == before
