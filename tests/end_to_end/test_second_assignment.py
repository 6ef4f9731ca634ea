"""Nothing is wired to 07_training: a second assignment, of another matter, goes through every command."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from graders.assignment import Assignment, load, nbgrader_data
from graders.audit import snapshot
from graders.audit.findings import coverage
from graders.audit.measure import Measured, measure
from graders.audit.whole import all_equivalent, found_in, library_of
from graders.authoring.preview import handed_in
from graders.criteria import CRITERIA
from graders.specimens import chaffs_of, snapshot_of, wheats_of

NAME = "08_adam"
NOTEBOOK = f"{NAME}.ipynb"
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n*", re.DOTALL)


@pytest.fixture(scope="module")
def adam(repository: Path) -> Assignment:
    return load(repository / "source" / NAME)


def test_it_has_points_of_its_own_and_no_criterion(adam: Assignment) -> None:
    assert list(adam.points) == ["first_step", "moments", "bias_correction", "weight_decay"]
    assert not set(adam.points) & set(CRITERIA)


def test_its_bugs_are_at_least_twelve_three_for_each_point_with_sources(adam: Assignment) -> None:
    chaffs, wheats = chaffs_of(adam), wheats_of(adam)
    per_point = Counter(chaff.point for chaff in chaffs)
    assert len(chaffs) >= 12 and min(per_point[point] for point in adam.points) >= 3
    assert all(chaff.known_from.startswith("https://") and chaff.remedy for chaff in chaffs)
    assert len(wheats) >= 3 and all(wheat.free_choices for wheat in wheats)


@pytest.fixture(scope="module")
def measured(adam: Assignment) -> Measured:
    (done,) = measure(adam, library_of(adam), [snapshot.NONCE])
    return done


def test_its_audit_finds_nothing_and_catches_every_bug(adam: Assignment, measured: Measured) -> None:
    assert snapshot_of(adam).is_file()
    assert found_in(measured, all_equivalent(adam), snapshot_of(adam)) == []
    assert all(row.caught == row.total > 0 for row in coverage(measured))


def test_a_bug_is_named_by_its_own_sentence(measured: Measured) -> None:
    verdict = measured.rows["chaffs/weight_decay/coupled"].verdicts["weight_decay"]
    assert "weight_decay * p is added to the gradient" in verdict.likely_cause
    assert verdict.remedy.startswith("Subtract lr * weight_decay * p")


def test_the_trainer_and_its_points_are_mentioned_to_nobody(measured: Measured) -> None:
    text = json.dumps(snapshot.take(measured)["messages"])
    assert not [name for name in ("Trainer", "train_epoch", "CosineSchedule", "clip_grad") if name in text]


@pytest.fixture(scope="module")
def course(repository: Path, new_course: Callable[[], Any], adam: Assignment) -> Any:
    """A course in which three students handed in, graded with the command."""
    made = new_course()
    shutil.copytree(repository / "specimens", made.root / "specimens")
    coupled = next(chaff for chaff in chaffs_of(adam) if chaff.name.endswith("/coupled"))
    solved = nbformat.from_dict(adam.notebook)
    for cell in solved.cells:
        cell.source = HIDDEN.sub("", cell.source)
    stubs = nbformat.from_dict(solved)
    for cell in stubs.cells:
        if nbgrader_data(cell).get("solution"):
            cell.source = "# YOUR CODE HERE\nraise NotImplementedError()"
    for student, notebook in (("ada", solved), ("bob", handed_in(solved, coupled)), ("cleo", stubs)):
        folder = made.root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / NOTEBOOK)
    done = made.run("graders", "grade", NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def test_a_class_is_graded_by_the_same_command(course: Any, adam: Assignment) -> None:
    with (course.root / "grades.csv").open(newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores["ada"] == sum(adam.points.values()) == 20
    assert 15 < scores["bob"] < 20
    assert scores["cleo"] == 0


def test_the_release_has_neither_solutions_nor_hidden_tests_nor_specimens(course: Any) -> None:
    released = course.root / "release" / NAME
    text = (released / NOTEBOOK).read_text()
    assert "HIDDEN TESTS" not in text and "self.means" not in text
    assert {path.name for path in released.iterdir()} == {NOTEBOOK, "tinystack"}
    assert "AdamW" not in "".join(path.read_text() for path in released.rglob("*.py"))


def test_feedback_names_the_bug_and_hides_the_tests(course: Any) -> None:
    page = (course.root / "feedback" / "bob" / NAME / f"{NAME}.html").read_text()
    assert "weight_decay * p is added to the gradient" in page
    assert "weight_decay_experiment" not in page


@pytest.mark.parametrize(("student", "code", "score"), [("ada", 0, 20), ("cleo", 1, 0)])
def test_single_files_are_checked_by_the_same_command(
    course: Any, student: str, code: int, score: float
) -> None:
    path = f"submitted/{student}/{NAME}/{NOTEBOOK}"
    done = course.run("graders", "check", "--assignment", NAME, "--json", path)
    assert done.returncode == code, done.stderr
    record = json.loads(done.stdout)
    assert record["score"] == score and record["max"] == 20
    assert list(record["criteria"]) == ["first_step", "moments", "bias_correction", "weight_decay"]


@pytest.mark.parametrize(("notebook", "code"), [("source", 0), ("release", 1)])
def test_the_visible_checks_pass_on_the_solution_and_fail_on_the_stubs(
    course: Any, notebook: str, code: int
) -> None:
    done = course.run("graders", "validate", f"{notebook}/{NAME}/{NOTEBOOK}")
    assert done.returncode == code, done.stdout + done.stderr
