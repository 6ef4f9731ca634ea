"""Preparing for grading: all that is missing is found out, nothing else is run, nothing is left behind."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graders.assignment import Assignment, AssignmentError
from graders.bug_runs import BugRuns
from graders.coordinator import preparation as module
from graders.coordinator.preparation import Preparation
from graders.course import Course
from graders.known_evidence import EvidenceStore
from graders.library import Chaff, chaffs
from graders.nonce import VARIANTS, course_secret, nonce_for, nonces_of
from graders.runner import Runner, RunnerError
from graders.truth import names_of_reference

POINTS = ("zero_grad", "history")
BUGS = [bug for bug in chaffs() if bug.point in POINTS][::6]


@pytest.fixture
def course(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A course with a few known bugs."""
    monkeypatch.setattr(module, "known_bugs_of", lambda assignment: tuple(BUGS))
    (tmp_path / "source").mkdir()
    shutil.copy(repository / "nbgrader_config.py", tmp_path)
    return Course(tmp_path)


def nonces(course: Course, lesson: Assignment) -> tuple[str, ...]:
    return nonces_of(course_secret(course.root), lesson.name)


def names(lesson: Assignment, bugs: list[Chaff]) -> set[str]:
    return {*names_of_reference(lesson).values(), *map(BugRuns(lesson).name_of, bugs)}


def test_students_have_the_nonces_that_are_prepared(course: Course, lesson: Assignment) -> None:
    secret = course_secret(course.root)
    drawn = {nonce_for(secret, lesson.name, f"student {i}") for i in range(100)}
    assert drawn == set(nonces(course, lesson)) and len(drawn) == VARIANTS


def test_everything_is_found_out_for_every_nonce(
    course: Course, lesson: Assignment, lesson_runner: Runner
) -> None:
    preparation = Preparation(course, lesson)
    assert preparation.is_needed and preparation.bugs == len(BUGS)
    preparation.run(2)
    assert not preparation.is_needed and not Preparation(course, lesson).is_needed
    store, runs = EvidenceStore(course.root, lesson), BugRuns(lesson)
    for nonce in nonces(course, lesson):
        known = store.read(nonce)
        assert known.keys() == names(lesson, BUGS)
        for left in runs.run([bug for bug in BUGS if bug.point == "history"], nonce, lesson_runner):
            assert known[runs.name_of(left.bug)] == left.text


def test_only_what_has_changed_is_run_again_and_the_rest_of_it_is_removed(
    course: Course, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    Preparation(course, lesson).run(2)
    ran: list[str] = []
    run = BugRuns.run

    def noted(self: BugRuns, bugs: list[Chaff], nonce: str, runner: Runner) -> object:
        ran.extend(bug.name for bug in bugs)
        return run(self, bugs, nonce, runner)

    monkeypatch.setattr(BugRuns, "run", noted)
    first, *others = BUGS
    bugs = [replace(first, source=first.source + "\n"), *others]
    monkeypatch.setattr(module, "known_bugs_of", lambda assignment: tuple(bugs))
    preparation = Preparation(course, lesson)
    assert preparation.is_needed
    preparation.run(2)
    assert ran == [first.name] * VARIANTS
    for nonce in nonces(course, lesson):
        assert EvidenceStore(course.root, lesson).read(nonce).keys() == names(lesson, bugs)


def test_a_damaged_file_is_found_out_again(course: Course, lesson: Assignment) -> None:
    Preparation(course, lesson).run(2)
    store = EvidenceStore(course.root, lesson)
    before = [store.read(nonce) for nonce in nonces(course, lesson)]
    path = next((course.root / ".graders" / "known" / lesson.name).iterdir())
    path.write_bytes(path.read_bytes()[:-100])
    Preparation(course, lesson).run(1)
    after = [store.read(nonce) for nonce in nonces(course, lesson)]
    assert [one.keys() for one in before] == [one.keys() for one in after]


def test_a_reference_that_fails_is_an_error_of_the_course(course: Course, lesson: Assignment) -> None:
    first, *others = lesson.experiments
    broken = replace(lesson, experiments=(replace(first, code="1 / 0\n"), *others))
    with pytest.raises(AssignmentError, match="0 sets of observations"):
        Preparation(course, broken).run(2)
    assert not (course.root / ".graders" / "known").exists()


def test_a_runner_that_cannot_start_ends_all_of_it(
    course: Course, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object) -> None:
        raise RunnerError("no processes are left")

    monkeypatch.setattr(BugRuns, "run", fails)
    preparation = Preparation(course, lesson)
    with pytest.raises(RunnerError, match="no processes"):
        preparation.run(2)
    assert not (course.root / ".graders" / "known").exists()


def test_an_assignment_without_known_bugs_prepares_its_reference(
    course: Course, lesson: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "known_bugs_of", lambda assignment: ())
    Preparation(course, lesson).run(2)
    for nonce in nonces(course, lesson):
        assert EvidenceStore(course.root, lesson).read(nonce).keys() == names(lesson, [])
