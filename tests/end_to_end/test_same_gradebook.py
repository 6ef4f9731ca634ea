"""A class graded by nbgrader's own machinery and by ours: the same tables, row by row, and the same folders.

Students are handed in, graded, touched by a human, and some graded again, in two courses side by side.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, parse_utc

from graders.course import Course
from graders.gradebook import ClassGradebook
from graders.graded import GradedNotebook, GradedSubmission
from graders.nonce import course_secret, nonce_for
from graders.publication import Publisher
from tests.end_to_end.comparing import tables, timeless_tree

if TYPE_CHECKING:
    from conftest import CourseFolder

pytestmark = pytest.mark.timeout(900)

ASSIGNMENT = "07_training"
NBGRADER = Path(__file__).with_name("grade_with_nbgrader.py")

DUE = "2026-11-15 20:00:00.000000"
EXTENSION = "1970-01-01 00:10:00.000000"
"""Ten minutes, as nbgrader keeps them."""

PENALTY = """
from nbgrader.plugins import BasePlugin
class PerHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
c.AssignLatePenalties.plugin_class = PerHour
"""

ROLES = {
    "by_hand": "fern",
    "late": "badger",
    "untouched": "willow",
    "unreadable": "moth",
    "raises": "sparrow",
    "extended": "maple",
    "missing": None,
    "not_judged": "heron",
}
"""What each student is here for, and whose work of the sample class it is."""


def names(root: Path) -> dict[str, str]:
    """A student's name for each role; the numbers of the one who is not judged are nobody else's."""
    secret = course_secret(root)
    nonce = nonce_for(secret, ASSIGNMENT, "not_judged")
    chosen = {"not_judged": "not_judged"}
    for role in ROLES:
        tries = (f"{role}{i}" for i in range(1000))
        free = (name for name in tries if nonce_for(secret, ASSIGNMENT, name) != nonce)
        chosen.setdefault(role, next(free))
    return chosen


def grade_one_way(course: CourseFolder, students: Iterable[str], *options: str) -> None:
    """Grade students, and make their feedback, with nbgrader."""
    done = course.run(sys.executable, str(NBGRADER), *options, ASSIGNMENT, *students)
    assert done.returncode == 0, done.stderr[-3000:]


def grade_second_way(course: CourseFolder, students: Iterable[str], one: CourseFolder) -> None:
    """Grade students with `graders grade`.

    The one who is not judged is written as the first way judged: there is no file here that could be in the
    way of the reference.
    """
    judged = [student for student in students if not student.startswith("not_judged")]
    course.grade("--student", ",".join(judged), "--force", "--yes")
    graded = [outcome(one, student) for student in students if student not in judged]
    with pytest.MonkeyPatch.context() as monkeypatch:  # the course's configuration changes both
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setenv("PATH", os.environ["PATH"])
        coursedir = CourseDirectory(config=Course(course.root).config())
    publisher = Publisher(coursedir, ASSIGNMENT)
    with ClassGradebook(coursedir, ASSIGNMENT) as book:
        for submission in graded:
            book.save(submission)
            texts = {notebook.name: notebook.text for notebook in submission.notebooks}
            assert publisher.autograded(submission.student, texts) == ()
            publisher.feedback(submission.student, {ASSIGNMENT: one.feedback(submission.student)})


def outcome(course: CourseFolder, student: str) -> GradedSubmission:
    """What nbgrader reads from a student's autograded notebook."""
    path = course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    text = path.read_bytes()
    notebook = nbformat.reads(text.decode(), as_version=4)
    cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    handed_in = course.submitted(student) / "timestamp.txt"
    graded = GradedNotebook(
        name=ASSIGNMENT,
        text=text,
        scores={cell.metadata.nbgrader.grade_id: points(cell) for cell in cells if is_grade(cell)},
        comments={cell.metadata.nbgrader.grade_id: comment(cell) for cell in cells if is_solution(cell)},
        missing=not (course.submitted(student) / f"{ASSIGNMENT}.ipynb").is_file(),
    )
    timestamp = parse_utc(handed_in.read_text().strip()) if handed_in.is_file() else None
    return GradedSubmission(ASSIGNMENT, student, (graded,), timestamp)


def points(cell: NotebookNode) -> float | None:
    judged = cell.metadata.get("graders", {}).get("outcome") != "not_judged"
    return determine_grade(cell)[0] if judged else None


def comment(cell: NotebookNode) -> str | None:
    return "No response." if cell.metadata.nbgrader.checksum == compute_checksum(cell) else None


def touch(course: CourseFolder, students: Mapping[str, str]) -> None:
    """What a human does in the formgrader and in the folders between two runs."""
    hers = (
        "notebook_id in (select notebook.id from submitted_notebook notebook"
        " join submitted_assignment submission on submission.id = notebook.assignment_id"
        " where submission.student_id = ?)"
    )
    cell = "cell_id in (select id from base_cell where name = ?)"
    for role, name, column, value in (
        ("by_hand", "zero_grad", "manual_score", 12.5),
        ("by_hand", "history", "extra_credit", 3.0),
        ("missing", "modes", "manual_score", 1.5),
        ("late", "clipping", "manual_score", 2.25),
    ):
        course.sql(f"update grade set {column} = ? where {cell} and {hers}", value, name, students[role])
    course.sql(
        f"update comment set manual_comment = ? where {cell} and {hers}",
        "A fine try: look at the loop again.",
        "solution_trainer",
        students["by_hand"],
    )
    course.sql(
        f"update submitted_notebook set flagged = 1 where {hers.replace('notebook_id', 'id', 1)}",
        students["by_hand"],
    )
    course.sql(
        "update submitted_assignment set extension = ? where student_id = ?", EXTENSION, students["extended"]
    )
    course.sql("update student set first_name = 'Fern' where id = ?", students["by_hand"])
    (course.submitted(students["late"]) / "timestamp.txt").unlink()
    (course.submitted(students["by_hand"]) / "timestamp.txt").write_text("2026-11-15 20:30:00 UTC\n")


@pytest.fixture(scope="module")
def both(
    new_course: Callable[[], CourseFolder], repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[CourseFolder, CourseFolder, Mapping[str, str]]:
    """The same class in two courses, graded in both ways; and its students' names by role."""
    one = new_course()
    one.configure(PENALTY)
    students = names(one.root)
    for role, example in ROLES.items():
        folder = one.hand_in(students[role], None)
        if example is not None:
            shutil.copytree(
                repository / "examples" / "class" / example / ASSIGNMENT, folder, dirs_exist_ok=True
            )
        (folder / "notes").mkdir()
        (folder / "notes" / "plan.txt").write_text(role)
    one.nbgrader("generate_assignment", ASSIGNMENT, "--create")
    one.sql("update assignment set duedate = ?", DUE)
    second = type(one)(tmp_path_factory.mktemp("second") / "course")
    shutil.copytree(one.root, second.root)

    judged = [name for role, name in students.items() if role != "not_judged"]
    grade_one_way(one, judged)
    grade_one_way(one, [students["not_judged"]], "--without-truth")
    grade_second_way(second, students.values(), one)
    again = [students[role] for role in ("by_hand", "late", "extended", "missing")]
    for course in (one, second):
        touch(course, students)
    grade_one_way(one, again)
    grade_second_way(second, again, one)
    return one, second, students


Both = tuple["CourseFolder", "CourseFolder", Mapping[str, str]]


def test_every_table_has_the_same_rows(both: Both) -> None:
    one, second = (tables(course) for course in both[:2])
    assert one.keys() == second.keys()
    for name in one:
        assert second[name] == one[name], name
    assert len(one["grade"]) == 9 * len(ROLES) and len(one["submitted_notebook"]) == len(ROLES)


@pytest.mark.parametrize("step", ["autograded", "feedback"])
def test_folders_have_the_same_files_with_the_same_modes(both: Both, step: str) -> None:
    one, second = (timeless_tree(course.root / step) for course in both[:2])
    assert one.keys() == second.keys()
    for path in one:
        assert second[path] == one[path], path
    assert len([path for path in one if path.endswith("plan.txt")]) == len(ROLES)


@pytest.mark.parametrize(
    "change",
    [
        "update grade set needs_manual_grade = 1 - needs_manual_grade where auto_score = 0",
        "update submitted_assignment set timestamp = null where timestamp is not null",
        "update comment set auto_comment = 'No response.' where auto_comment is null",
        "delete from student where first_name is not null",
        "update submitted_notebook set flagged = 1 - flagged",
        "delete from grade where manual_score is not null",
    ],
)
def test_the_comparison_sees_a_difference(both: Both, tmp_path: Path, change: str) -> None:
    course, *_ = both
    shutil.copy(course.root / "gradebook.db", tmp_path)
    other = type(course)(tmp_path)
    assert tables(other) == tables(course)
    other.sql(change)
    assert tables(other) != tables(course)


def test_the_class_holds_what_makes_it_hard(both: Both) -> None:
    """Each role has the rows that it is here for, so that the comparison is about something."""
    course, _, students = both
    grades = {role: course.grades(name) for role, name in students.items()}
    assert all(row[0] is None and row[-1] for row in grades["not_judged"].values())
    assert grades["by_hand"]["zero_grad"][1:] == [12.5, None, 1] and grades["by_hand"]["history"][2] == 3.0
    assert {row[0] for row in grades["missing"].values()} == {0.0} and grades["missing"]["modes"][1] == 1.5
    assert {row[0] for row in grades["unreadable"].values()} == {0.0}
    assert 0 < sum(row[0] for row in grades["raises"].values()) < 100
    rows = course.sql(
        "select student_id, timestamp, late_submission_penalty from submitted_notebook notebook"
        " join submitted_assignment submission on submission.id = notebook.assignment_id"
    )
    late = {student: (timestamp, penalty) for student, timestamp, penalty in rows}
    assert late[students["late"]][0] and late[students["late"]][1] > 0
    assert late[students["by_hand"]][1] == 0.5 and late[students["extended"]][1] > 0
    assert late[students["missing"]] == (None, None)
    automatic = course.sql("select distinct auto_comment, manual_comment from comment")
    assert {("No response.", None), (None, "A fine try: look at the loop again.")} <= set(automatic)
