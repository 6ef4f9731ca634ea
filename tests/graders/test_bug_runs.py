"""Runs of known bugs: what they are named by, and what counts as their evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graders.assignment import Assignment
from graders.bug_runs import KEEPS_STATE, BugRuns
from graders.evidence import Unusable, parse
from graders.library import Chaff, chaffs
from graders.runner import Job, Result, Runner
from graders.runner.records import Ending

ALL = chaffs()


def chaff(name: str) -> Chaff:
    return next(each for each in ALL if each.name == f"chaffs/{name}")


def changed(lesson: Assignment, name: str) -> Assignment:
    """The assignment with another experiment of a name."""
    experiments = [replace(e, code=e.code + "#\n") if e.name == name else e for e in lesson.experiments]
    return replace(lesson, experiments=tuple(experiments))


class Fixed:
    """A runner that gives every bug the same texts and ending."""

    def __init__(self, *texts: str, how: str = "finished") -> None:
        self._texts, self._how = texts, how

    def run(self, job: Job) -> Result:
        names = [name for name, _ in job.experiments]
        return Result(dict.fromkeys(names, self._texts), dict.fromkeys(names, Ending(self._how)))  # type: ignore[arg-type]


def test_all_bugs_have_names_of_their_own(lesson: Assignment) -> None:
    assert len({BugRuns(lesson).name_of(bug) for bug in ALL}) == len(ALL)


def test_a_bug_is_named_by_its_code_and_the_experiment_of_its_point(lesson: Assignment) -> None:
    bug = chaff("zero_grad/backward_called_twice")
    name = BugRuns(lesson).name_of(bug)
    assert BugRuns(lesson).name_of(replace(bug, source=bug.source + "#")) != name
    assert BugRuns(lesson).name_of(replace(bug, remedy="Another.")) == name
    assert BugRuns(changed(lesson, "zero_grad")).name_of(bug) != name
    assert BugRuns(changed(lesson, "orchestration")).name_of(bug) == name


def test_a_bug_that_keeps_state_is_named_by_the_experiments_before_too(lesson: Assignment) -> None:
    bug = chaff("history/class_level_history")
    assert bug.cause == KEEPS_STATE
    name = BugRuns(lesson).name_of(bug)
    assert lesson.experiments[0].name == "orchestration"
    assert BugRuns(changed(lesson, "orchestration")).name_of(bug) != name


def test_a_bug_leaves_the_same_alone_and_among_others(
    lesson: Assignment, lesson_runner: Runner, nonce: str
) -> None:
    runs = BugRuns(lesson)
    bugs = [bug for bug in ALL if bug.point == "history"][:8]
    assert {bug.cause == KEEPS_STATE for bug in bugs} == {True, False}
    together = runs.run(bugs, nonce, lesson_runner)
    alone = [left for bug in bugs for left in runs.run([bug], nonce, lesson_runner)]
    assert together == alone and all(left.is_final and left.text for left in alone)


def test_evidence_counts_where_there_is_exactly_one_of_the_point(
    lesson: Assignment, lesson_runner: Runner, nonce: str
) -> None:
    bug, runs = chaff("zero_grad/backward_called_twice"), BugRuns(lesson)
    (left,) = runs.run([bug], nonce, lesson_runner)
    text = left.text or pytest.fail("the bug left nothing")
    foreign = text.replace('"zero_grad"', '"history"')
    assert parse(foreign).experiment == "history"
    with pytest.raises(Unusable):
        parse(text[:-1])
    for texts, expected in (
        ((text,), text),
        ((foreign, text), text),
        ((), None),
        ((text, text), None),
        ((foreign,), None),
        ((text[:-1],), None),
    ):
        (found,) = runs.run([bug], nonce, Fixed(*texts))  # type: ignore[arg-type]
        assert (found.text, found.is_final) == (expected, True)


@pytest.mark.parametrize("how", ["died", "timed_out", "not_reached"])
def test_a_run_that_broke_off_is_not_final(lesson: Assignment, how: str) -> None:
    bug = chaff("zero_grad/backward_called_twice")
    (left,) = BugRuns(lesson).run([bug], "one", Fixed(how=how))  # type: ignore[arg-type]
    assert (left.text, left.is_final) == (None, False)
