"""Submissions that are no notebooks or define no trainer, and courses that are not as they must be."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

SAID = {
    "missing": "07_training.ipynb does not exist",
    "folder": "07_training.ipynb is a folder",
    "dangling": "07_training.ipynb is a link",
    "no_json": "07_training.ipynb is no JSON",
    "empty": "07_training.ipynb is no JSON",
    "cut": "07_training.ipynb is no JSON",
    "other_json": "07_training.ipynb is JSON, but no notebook",
    "binary": "07_training.ipynb is no text in UTF-8",
}

FILES = {
    "no_json": b"print('hello')",
    "empty": b"",
    "other_json": b'{"name": "x"}',
    "binary": b"\x89PNG\xff\xfe",
}

NO_TRAINERS = {"no_trainer": "is not defined", "five": "object is not callable"}

RETURNS = {"none": ("None", "None"), "text": ("the text 'done'", "done")}


def returning(work: Work, value: str) -> dict[str, str]:
    """The reference's cells, with train_epoch and evaluate that work, and return something else."""
    pair = "return mean_loss, (correct / samples if samples else 0.0)"
    assert pair in work.of("solution_evaluate")
    return {
        "solution_trainer": work.trainer().replace("return mean_loss", f"return {value}"),
        "solution_evaluate": work.of("solution_evaluate").replace(pair, f"return {value}"),
    }


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A class of unreadable files and of trainers that are none, graded in one run."""
    course = new_course()
    course.hand_in("missing", None)
    (course.hand_in("folder", None) / "07_training.ipynb").mkdir()
    (course.hand_in("dangling", None) / "07_training.ipynb").symlink_to("nowhere")
    for student, content in FILES.items():
        course.hand_in(student, content)
    whole = course.hand_in("cut", work.solved()) / "07_training.ipynb"
    whole.write_bytes(whole.read_bytes()[:5000])
    others = {"solution_evaluate": "", "solution_checkpoint": ""}
    course.hand_in("no_trainer", work.solved(solution_trainer="", **others))
    course.hand_in("five", work.solved(solution_trainer="Trainer = 5", **others))
    course.hand_in("none", work.solved(**returning(work, "None")))
    course.hand_in("text", work.solved(**returning(work, "'done'")))
    course.hand_in("zz_correct", work.solved())
    done = course.grade()
    (course.root / "printed.txt").write_text(done.stdout)
    (course.root / "complained.txt").write_text(done.stderr)
    return course


@pytest.mark.parametrize("student", SAID)
def test_what_cannot_be_read_gets_zero_and_a_message_in_feedback_and_on_the_console(
    graded: CourseFolder, student: str
) -> None:
    assert graded.scores()[student] == 0
    assert SAID[student] in graded.feedback(student)
    assert f"{student}: {SAID[student]}" in (graded.root / "printed.txt").read_text()
    assert not any(waits for *_, waits in graded.grades(student).values())


@pytest.mark.parametrize("student", SAID)
def test_no_message_shows_a_student_the_folders_of_the_instructor(graded: CourseFolder, student: str) -> None:
    assert str(graded.root) not in html.unescape(graded.feedback(student))


@pytest.mark.parametrize("student", NO_TRAINERS)
def test_where_there_is_no_trainer_the_other_pieces_keep_their_points(
    graded: CourseFolder, student: str
) -> None:
    points = graded.points(student)
    assert NO_TRAINERS[student] in graded.feedback(student)
    assert 0 < points["scheduling"] < 15 and 0 < points["clipping"] < 10
    assert sum(points.values()) == points["scheduling"] + points["clipping"] == graded.scores()[student]


@pytest.mark.parametrize("student", RETURNS)
def test_methods_that_return_something_else_cost_what_they_return(graded: CourseFolder, student: str) -> None:
    by_train_epoch, by_evaluate = RETURNS[student]
    page = html.unescape(graded.feedback(student))
    assert f"train_epoch returned {by_train_epoch}" in page
    assert f"evaluate returned {by_evaluate} instead of a pair (loss, accuracy)" in page
    assert graded.lost(student) == {"orchestration", "modes", "history"}


def test_the_rest_of_the_class_is_graded_and_the_console_stays_quiet(graded: CourseFolder) -> None:
    assert (
        graded.scores()["zz_correct"] == 100
        and len(graded.rows()) == len(SAID) + len(NO_TRAINERS) + len(RETURNS) + 1
    )
    assert (graded.root / "complained.txt").read_text() == ""


def test_one_cause_that_all_points_share_is_one_line(graded: CourseFolder) -> None:
    printed = (graded.root / "printed.txt").read_text()
    assert printed.count("the notebook cannot be read") == 1
    assert f"{len(SAID)} of {len(graded.rows())}: the notebook cannot be read" in printed


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A course in which nothing is ever graded."""
    made = new_course()
    made.hand_in("ada", work.solved())
    return made


def refused(course: CourseFolder, *arguments: str) -> str:
    """What `graders` says before it ends with exit code 2."""
    done = course.run("graders", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_an_unknown_student_is_refused(course: CourseFolder) -> None:
    said = refused(course, "grade", "07_training", "--student", "nobody")
    assert "nothing was submitted by nobody: there is no folder" in said


def test_an_assignment_that_does_not_exist_is_refused_with_those_that_do(course: CourseFolder) -> None:
    said = refused(course, "grade", "08_training")
    assert "there is no assignment '08_training'" in said and "there are: 07_training" in said


def test_a_class_without_submissions_is_refused_with_the_place_for_them(
    new_course: Callable[[], CourseFolder],
) -> None:
    said = refused(new_course(), "grade", "07_training")
    assert "nothing was submitted: put submissions into" in said and "--from" in said


def test_a_folder_to_collect_from_that_does_not_exist_is_refused(course: CourseFolder) -> None:
    assert "nowhere does not exist" in refused(course, "grade", "07_training", "--from", "nowhere")


def test_a_folder_that_is_no_course_is_refused(
    course: CourseFolder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "source").mkdir()
    said = refused(course, "grade", "07_training", "--course", str(elsewhere), "--student", "nobody")
    assert f"{elsewhere} is in no course" in said and "nbgrader_config.py" in said


def test_a_reference_that_fails_is_refused_before_anybody_is_graded(
    new_course: Callable[[], CourseFolder], work: Work
) -> None:
    broken = new_course()
    broken.hand_in("ada", work.solved())
    path = broken.root / "source" / "07_training" / "07_training.ipynb"
    path.write_text(path.read_text().replace("self.model.train()", "self.model.no_such_method()"))
    said = refused(broken, "grade", "07_training")
    assert "nobody can be graded" in said and "reference" in said and "no_such_method" in said
    assert not (broken.root / "autograded").exists() and not (broken.root / "grades.csv").exists()
