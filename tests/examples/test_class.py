"""The sample class: made by its script, and graded as written down in examples/expected_scores.json."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from graders import assignment as assignments
from graders.assignment import Assignment
from graders.grading import Grade, Grader
from graders.runner import Limits, Runner
from graders.submission import SubmissionError, read
from graders.truth import Truths

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPT = EXAMPLES / "build_class.py"
EXPECTED: dict[str, dict[str, Any]] = json.loads((EXAMPLES / "expected_scores.json").read_text("utf-8"))
NAME = "07_training"

UNREADABLE = {student for student, grade in EXPECTED.items() if "unreadable" in grade["root_causes"].values()}
POINTS_TOLERANCE = 1e-9
"""Points are sums of a few quotients; nbgrader keeps as many digits."""

PATIENT = Limits(step_seconds=50.0, job_seconds=110.0)
"""The lab ends an endless loop after 2 s of CPU per experiment; on a busy machine that is much wall time."""


def notebook_of(student: str) -> Path:
    return EXAMPLES / "class" / student / NAME / f"{NAME}.ipynb"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_class", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def files(script: ModuleType) -> dict[Path, bytes]:
    """The class as the script makes it now."""
    made: dict[Path, bytes] = script.build()
    return made


@pytest.fixture(scope="module")
def lesson(repository: Path) -> Assignment:
    return assignments.load(repository / "source" / NAME)


@pytest.fixture(scope="module")
def grader(lesson: Assignment) -> Iterator[Grader]:
    with Runner(lesson.folder, PATIENT) as runner:
        yield Grader(lesson, runner, Truths(lesson, runner))


def root_causes(grade: Grade) -> dict[str, str | None]:
    return {verdict.criterion: verdict.cause for verdict in grade.root_causes}


def test_the_class_is_up_to_date_with_its_script(script: ModuleType, files: dict[Path, bytes]) -> None:
    assert script.out_of_date(script.CLASS, files) == []


def test_the_check_for_ci_passes_on_the_class_and_names_what_is_out_of_date_in_another(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--check"])
    assert (script.main(), *capsys.readouterr()) == (0, "", "")
    monkeypatch.setattr(script, "CLASS", tmp_path)
    assert script.main() == 1
    assert f"{tmp_path / 'willow' / NAME / 'timestamp.txt'} is out of date" in capsys.readouterr().err


def test_the_check_names_each_file_that_is_missing_changed_or_left_over(
    script: ModuleType, files: dict[Path, bytes], tmp_path: Path
) -> None:
    script.write(tmp_path, files)
    assert script.out_of_date(tmp_path, files) == []
    missing, changed = sorted(files)[:2]
    left_over = Path("nobody") / "timestamp.txt"
    (tmp_path / missing).unlink()
    (tmp_path / changed).write_bytes(b"")
    (tmp_path / left_over).parent.mkdir()
    (tmp_path / left_over).touch()
    assert script.out_of_date(tmp_path, files) == sorted([missing, changed, left_over])
    script.write(tmp_path, files)
    assert script.out_of_date(tmp_path, files) == []


def test_every_student_has_a_grade_written_down_and_a_line_that_says_what_it_is(script: ModuleType) -> None:
    students = {path.name for path in script.STUDENTS.iterdir() if path.is_dir()}
    assert students == set(EXPECTED)
    for student in students:
        assert len((script.STUDENTS / student / "README.md").read_text("utf-8").splitlines()) == 1, student


def test_expected_points_are_complete_and_add_up(lesson: Assignment) -> None:
    for student, expected in EXPECTED.items():
        assert expected["points"].keys() == lesson.points.keys(), student
        assert expected["score"] == sum(expected["points"].values()), student
        lost = {name for name, most in lesson.points.items() if expected["points"][name] < most}
        assert expected["root_causes"].keys() <= lost, student
        assert bool(expected["root_causes"]) == bool(lost), student


@pytest.mark.parametrize("student", sorted(EXPECTED.keys() - UNREADABLE))
def test_student_gets_the_points_causes_and_notes_written_down(student: str, grader: Grader) -> None:
    expected = EXPECTED[student]
    grade = grader.grade(read(notebook_of(student), grader.assignment), f"{student} of the sample class")
    points = {name: verdict.score for name, verdict in grade.verdicts.items()}
    assert points == pytest.approx(expected["points"], abs=POINTS_TOLERANCE)
    assert grade.score == pytest.approx(expected["score"], abs=POINTS_TOLERANCE)
    assert root_causes(grade) == expected["root_causes"]
    assert list(grade.repairs) == expected["notes"]


@pytest.mark.parametrize("student", sorted(UNREADABLE))
def test_a_notebook_that_cannot_be_read_is_told_apart_from_a_wrong_one(
    student: str, lesson: Assignment
) -> None:
    with pytest.raises(SubmissionError) as raised:
        read(notebook_of(student), lesson)
    for note in EXPECTED[student]["notes"]:
        assert note in str(raised.value)
