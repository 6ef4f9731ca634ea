"""Grading again: what humans entered stays, numbers stay a student's own, the grader's faults cost nobody."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from graders.nonce import SECRET_BYTES, course_secret, nonce_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CourseFolder, Work

pytestmark = pytest.mark.timeout(900)

LATE = "2026-03-01 12:00:00"
DUE = "2026-02-28 12:00:00.000000"

PENALTY = """
from nbgrader.plugins import BasePlugin
class TenOff(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 10.0
c.AssignLatePenalties.plugin_class = TenOff
"""


@pytest.fixture(scope="module")
def course(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """Two students with the same work, graded once."""
    made = new_course()
    made.configure(PENALTY)
    for student in ("ada", "bob"):
        made.hand_in(student, work.solved(solution_trainer=work.trainer(cleared=False)))
    (made.submitted("bob") / "timestamp.txt").write_text(LATE)
    made.grade()
    return made


@pytest.fixture(scope="module")
def before(course: CourseFolder) -> dict[str, dict[str, str]]:
    """What the tests observed on each student the first time."""
    return {student: course.evidence(student) for student in ("ada", "bob")}


@pytest.fixture(scope="module")
def regraded(course: CourseFolder, before: dict[str, dict[str, str]]) -> CourseFolder:
    """The same course after a human has graded, a due date was set, and the class was graded again."""
    assert before
    course.sql("update assignment set duedate = ?", DUE)
    cell = "(select id from base_cell where name = '{}')"
    course.sql(f"update grade set manual_score = 12.5 where cell_id = {cell.format('zero_grad')}")
    course.sql(f"update grade set extra_credit = 3 where cell_id = {cell.format('history')}")
    comment = "A fine try: look at the loop again."
    course.sql(
        f"update comment set manual_comment = ? where cell_id = {cell.format('solution_trainer')}", comment
    )
    course.grade()
    return course


def test_manual_scores_extra_credit_and_comments_survive(regraded: CourseFolder) -> None:
    grades = regraded.grades("ada")
    assert grades["zero_grad"][:2] == [0.0, 12.5] and grades["history"][2] == 3
    assert regraded.scores()["ada"] == 70 + 12.5 + 3
    assert "A fine try: look at the loop again." in regraded.feedback("ada")


def test_the_late_penalty_is_nbgrader_s_own(regraded: CourseFolder) -> None:
    row = next(row for row in regraded.rows() if row["student_id"] == "bob")
    assert row["timestamp"].startswith(LATE) and row["duedate"]
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("85.5", "10.0", "75.5")


def test_a_regrade_observes_the_same_numbers(
    regraded: CourseFolder, before: dict[str, dict[str, str]]
) -> None:
    assert regraded.evidence("ada") == before["ada"] and len(before["ada"]) == 9


def test_students_of_one_variant_have_the_same_numbers_and_of_another_one_different_ones(
    course: CourseFolder, before: dict[str, dict[str, str]]
) -> None:
    secret = course_secret(course.root)
    alike = nonce_for(secret, "07_training", "ada") == nonce_for(secret, "07_training", "bob")
    assert all((before["ada"][name] == before["bob"][name]) == alike for name in before["ada"])


def refused(course: CourseFolder, *arguments: str) -> str:
    """What `graders` says before it ends with exit code 2, having made no secret and changed no points."""
    kept = course.root / ".graders" / "secret"
    secret, points = kept.read_bytes() if kept.exists() else None, [course.grades(s) for s in ("ada", "bob")]
    done = course.run("graders", *arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stdout + done.stderr
    assert (kept.read_bytes() if kept.exists() else None) == secret
    assert [course.grades(s) for s in ("ada", "bob")] == points
    return " ".join(done.stderr.split())


def test_a_lost_or_damaged_secret_is_told_and_never_replaced_in_silence(regraded: CourseFolder) -> None:
    path = regraded.root / ".graders" / "secret"
    backup = path.rename(path.with_name("backup"))
    for arguments in (
        ("grade", "07_training"),
        ("grade", "07_training", "--rejudge"),
        ("release", "07_training"),
    ):
        said = refused(regraded, *arguments)
        assert f"{path} is gone" in said and "restore it from a backup" in said and "--force" in said
    path.write_text("0123")
    said = refused(regraded, "grade", "07_training", "--force")
    assert f"{path} holds no secret" in said and "restore it from a backup" in said
    backup.replace(path)
    regraded.grade("--rejudge")


def test_evidence_of_another_secret_is_not_judged_again_nor_anybodys_code_run(regraded: CourseFolder) -> None:
    path = regraded.root / ".graders" / "secret"
    backup = path.rename(path.with_name("backup"))
    path.write_text("5" * 2 * SECRET_BYTES)
    said = refused(regraded, "grade", "07_training", "--rejudge")
    assert "the work of ada, bob was graded with" in said and "leave out --rejudge" in said
    backup.replace(path)


def test_a_new_secret_gives_new_numbers_and_the_same_score(
    regraded: CourseFolder, before: dict[str, dict[str, str]]
) -> None:
    secret = regraded.root / ".graders" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.unlink()
    regraded.grade("--student", "ada", "--force")
    assert secret.is_file() and stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert all(regraded.evidence("ada")[name] != before["ada"][name] for name in before["ada"])
    assert regraded.scores()["ada"] == 70 + 12.5 + 3


def test_the_secret_is_ignored_by_git(repository: Path) -> None:
    assert "/.graders/" in (repository / ".gitignore").read_text().splitlines()


@pytest.fixture(scope="module")
def faulty(new_course: Callable[[], CourseFolder], work: Work) -> CourseFolder:
    """A course whose reference solution fails, autograded with nbgrader's own command."""
    made = new_course()
    path = made.root / "source" / "07_training" / "07_training.ipynb"
    path.write_text(path.read_text().replace("self.model.train()", "self.model.no_such_method()"))
    for student in ("ada", "bob"):
        made.hand_in(student, work.solved())
    made.nbgrader("generate_assignment", "07_training", "--create")
    made.nbgrader("autograde", "07_training", "--create")
    made.nbgrader("generate_feedback", "07_training")
    return made


def test_a_fault_of_the_grader_waits_for_a_human_and_is_no_zero(faulty: CourseFolder) -> None:
    for student in ("ada", "bob"):
        grades = faulty.grades(student)
        assert len(grades) == 9
        assert {name: (automatic, bool(waits)) for name, (automatic, *_, waits) in grades.items()} == (
            dict.fromkeys(grades, (None, True))
        )


def test_a_fault_of_the_grader_is_not_blamed_on_the_student(faulty: CourseFolder) -> None:
    page = faulty.feedback("ada")
    assert "not judged, your instructor has been told" in page and "BUG:" not in page
