"""`graders grade`: all of a class, or what has changed of it, with one worker or more, run or only judged."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.commands import Done, Server
from tests.end_to_end.comparing import differences, results, tables
from tests.end_to_end.conftest import ASSIGNMENT, CourseFolder, Work

pytestmark = pytest.mark.timeout(600)

STUDENTS = ("badger", "fern", "willow")
EVERYTHING = "autograded", "gradebook.db"

LATE_PENALTY = """
from nbgrader.plugins import BasePlugin
class TenOff(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 10.0
c.AssignLatePenalties.plugin_class = TenOff
"""


def grade(server: Server, course: CourseFolder, *options: str, status: int = 0, **more: Any) -> Done:
    done = server.run(course.root, "grade", ASSIGNMENT, *options, **more)
    assert done.status == status and "Traceback" not in done.printed, done.printed
    return done


def stamps(course: CourseFolder, step: str = "autograded") -> dict[str, int]:
    """Which folder a student's results of a step are in: another one after each time they were written."""
    folders = (course.root / step).glob(f"*/{ASSIGNMENT}")
    return {folder.parent.name: folder.stat().st_ino for folder in folders}


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    return {student for student in {*before, *after} if before.get(student) != after.get(student)}


def with_students(course: CourseFolder, repository: Path, students: tuple[str, ...]) -> CourseFolder:
    for student in students:
        shutil.copytree(repository / "examples" / "class" / student, course.root / "submitted" / student)
    return course


@pytest.fixture(scope="module")
def expected(repository: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(
        (repository / "examples" / "expected_scores.json").read_text("utf-8")
    )
    return found


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], CourseFolder], repository: Path, server: Server) -> CourseFolder:
    """Three students, graded with feedback by three workers. Not to be changed: see `course`."""
    made = with_students(new_course(), repository, STUDENTS)
    made.configure(LATE_PENALTY)
    grade(server, made, "--jobs", "3")
    return made


@pytest.fixture
def course(graded: CourseFolder, tmp_path: Path) -> CourseFolder:
    """A copy of the graded course."""
    shutil.copytree(graded.root, tmp_path / "course")
    return CourseFolder(tmp_path / "course")


def without_sandbox(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of a student's can be run, as there is nothing to run it in."""
    bwrap = tmp_path / "programs" / "bwrap"
    bwrap.parent.mkdir()
    bwrap.write_text("#!/bin/sh\nexit 1\n")
    bwrap.chmod(0o755)
    return {"PATH": str(bwrap.parent)}


def test_the_sample_class_gets_the_expected_scores_causes_and_notes(
    new_course: Callable[[], CourseFolder],
    repository: Path,
    server: Server,
    expected: dict[str, dict[str, Any]],
) -> None:
    course = with_students(new_course(), repository, tuple(expected))
    done = grade(server, course, "--no-feedback")
    assert course.scores() == {student: one["score"] for student, one in expected.items()}
    for student, one in expected.items():
        points = {name: grades[0] for name, grades in course.grades(student).items()}
        assert points == pytest.approx(one["points"], abs=1e-9), student
        causes = {
            name: verdict["cause"]
            for name, verdict in course.verdicts(student).items()
            if verdict["cause"] and not verdict["explained_by"]
        }
        assert causes == one["root_causes"], student
        noted = course.autograded(student).metadata["graders"]
        notes = [*([noted["problem"]] if "problem" in noted else []), *noted["repairs"]]
        assert len(notes) == len(one["notes"]), student
        assert all(expected in note for expected, note in zip(one["notes"], notes, strict=True)), student
        for note in one["notes"][:3]:
            assert note in " ".join(done.printed.split()), student
    assert not (course.root / "feedback").exists()


def test_a_second_run_does_nothing(course: CourseFolder, server: Server, tmp_path: Path) -> None:
    before, results_before = stamps(course), results(course)
    done = grade(server, course, environment=without_sandbox(tmp_path))
    assert stamps(course) == before
    assert differences(results(course), results_before) == []
    assert "badger" in done.printed and "70" in done.printed


def test_only_what_was_handed_in_anew_is_graded(course: CourseFolder, work: Work, server: Server) -> None:
    before, pages = stamps(course), stamps(course, "feedback")
    course.hand_in("willow", work.solved())
    course.hand_in("zebra", work.untouched())
    (course.submitted("fern") / "timestamp.txt").write_text("2026-11-15 12:00:00 UTC")
    grade(server, course)
    assert changed(before, stamps(course)) == {"willow", "zebra", "fern"}
    assert changed(pages, stamps(course, "feedback")) == {"willow", "zebra", "fern"}
    assert course.scores() == {"badger": 70, "fern": 100, "willow": 100, "zebra": 0}
    (at,) = course.sql("select timestamp from submitted_assignment where student_id = 'fern'")
    assert at[0].startswith("2026-11-15 12:00:00")


@pytest.mark.parametrize("lost", EVERYTHING)
def test_results_that_somebody_has_removed_are_made_again(
    course: CourseFolder, graded: CourseFolder, server: Server, lost: str
) -> None:
    path = course.root / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    grade(server, course, "--no-feedback")
    assert differences(results(course), results(graded)) == []


def test_one_worker_and_force_give_the_same_as_three_workers(
    course: CourseFolder, graded: CourseFolder, server: Server
) -> None:
    before = stamps(course)
    grade(server, course, "--force", "--jobs", "1")
    assert changed(before, stamps(course)) == set(STUDENTS)
    assert differences(results(course), results(graded)) == []


def test_some_students_alone(course: CourseFolder, server: Server) -> None:
    before = stamps(course)
    done = grade(server, course, "--student", "badger,willow", "--force", "--no-feedback")
    assert changed(before, stamps(course)) == {"badger", "willow"}
    assert "fern" not in done.printed
    assert set(course.scores()) == set(STUDENTS)


def test_a_student_who_has_handed_in_nothing(course: CourseFolder, server: Server) -> None:
    before = tables(course)
    done = grade(server, course, "--student", "badger", "--student", "nobody", status=2)
    assert "nothing was submitted by nobody: there is no folder" in done.printed
    assert tables(course) == before


def test_rejudging_runs_nothing_and_changes_nothing_where_nothing_has_changed(
    course: CourseFolder, graded: CourseFolder, server: Server
) -> None:
    before = stamps(course)
    grade(server, course, "--rejudge")
    assert changed(before, stamps(course)) == set(STUDENTS)
    assert differences(results(course), results(graded)) == []


def test_rejudging_judges_the_stored_evidence_and_not_the_submission(
    course: CourseFolder, server: Server
) -> None:
    """The evidence of one student's `modes` is put in the place of another's with the same numbers."""
    notebook = course.root / "autograded" / "fern" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    stored = json.loads(notebook.read_text())
    (cell,) = (c for c in stored["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "modes")
    cell["outputs"] = []
    notebook.write_text(json.dumps(stored))
    grade(server, course, "--rejudge", "--student", "fern", "--no-feedback")
    assert course.scores()["fern"] == 90
    assert course.verdicts("fern")["modes"]["cause"] == "no_evidence"


def test_force_and_rejudge_contradict_each_other(course: CourseFolder, server: Server) -> None:
    assert "name one of them" in grade(server, course, "--force", "--rejudge", status=2).printed


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_what_humans_entered_survives_and_goes_into_penalties_and_feedback(
    course: CourseFolder, server: Server, options: tuple[str, ...]
) -> None:
    """Nobody has to ask for it: the due date and what was entered by hand are seen."""
    course.sql("update assignment set duedate = '2026-11-15 00:00:00.000000'")
    cell = "cell_id in (select id from base_cell where name = ?)"
    course.sql(f"update grade set manual_score = 12.5 where {cell}", "zero_grad")
    course.sql(f"update grade set extra_credit = 3 where {cell}", "history")
    course.sql(f"update comment set manual_comment = 'Look again.' where {cell}", "solution_trainer")
    grade(server, course, "--student", "badger", *options)
    row = next(row for row in course.rows() if row["student_id"] == "badger")
    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == ("85.5", "10.0", "75.5")
    assert course.grades("badger")["zero_grad"] == [0.0, 12.5, None, 1]
    assert course.grades("badger")["history"][2] == 3
    assert "Look again." in course.feedback("badger") and "75.5" in course.feedback("badger")


def test_a_resubmission_replaces_what_was_there(course: CourseFolder, work: Work, server: Server) -> None:
    (course.hand_in("badger", work.solved()) / "timestamp.txt").unlink()
    (course.submitted("badger") / "plan.txt").write_text("more zero_grad")
    grade(server, course)
    assert course.scores()["badger"] == 100 and course.lost("badger") == set()
    assert (course.root / "feedback" / "badger" / ASSIGNMENT / "plan.txt").read_text() == "more zero_grad"
    assert "missing zero_grad" not in course.feedback("badger")


def test_feedback_that_was_left_out_is_made_by_the_next_run_with_it(
    course: CourseFolder, graded: CourseFolder, server: Server
) -> None:
    shutil.rmtree(course.root / "feedback")
    grade(server, course, "--force", "--no-feedback")
    assert not (course.root / "feedback").exists()
    grade(server, course)
    assert differences(results(course), results(graded)) == []


def test_submissions_from_a_zip_file(
    new_course: Callable[[], CourseFolder], work: Work, server: Server, tmp_path: Path
) -> None:
    course = new_course()
    for student, notebook in {"ada": work.solved(), "bob": work.untouched()}.items():
        folder = tmp_path / "all" / student
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook))
    shutil.make_archive(str(tmp_path / "all"), "zip", tmp_path / "all")
    done = grade(server, course, "--from", str(tmp_path / "all.zip"), "--no-feedback")
    assert "2 new, 0 replaced, 0 unchanged, 0 refused" in done.printed
    assert course.scores() == {"ada": 100, "bob": 0}


def test_somebody_who_cannot_be_graded_is_exit_code_1_and_the_others_have_their_grades(
    course: CourseFolder, work: Work, server: Server
) -> None:
    """A notebook in another language needs another kernel: that is for the instructor to set."""
    other = copy.deepcopy(work.solved())
    course.hand_in("zebra", other)
    course.configure(
        "class Fails(__import__('nbgrader').preprocessors.ClearOutput):\n"
        "    def preprocess(self, nb, resources):\n"
        "        if resources['nbgrader']['student'] == 'zebra':\n"
        "            raise OSError('the stripes are gone')\n"
        "        return nb, resources\n"
        "c.Autograde.sanitize_preprocessors.insert(1, Fails)"
    )
    done = grade(server, course, "--yes", "--no-feedback", status=1)
    assert f"zebra: the grader failed on {ASSIGNMENT}.ipynb: OSError: the stripes are gone" in done.printed
    assert "Needs manual grading: zebra" in done.printed
    assert all(row[0] is None and row[-1] for row in course.grades("zebra").values())
    assert course.scores() == {"badger": 70, "fern": 100, "willow": 0, "zebra": 0}
