"""The truth: found out once, kept with a course, and found out again where what is kept does not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from graders.assignment import Assignment, AssignmentError
from graders.comparable import same
from graders.evidence import Evidence
from graders.known_evidence import FOLDER, EvidenceStore, Texts
from graders.runner import Job, Result, Runner
from graders.truth import Truths, names_of_reference


class Counting:
    """A runner that counts its jobs."""

    def __init__(self, runner: Runner) -> None:
        self.jobs = 0
        self._runner = runner

    def run(self, job: Job) -> Result:
        self.jobs += 1
        return self._runner.run(job)


@pytest.fixture
def runner(lesson_runner: Runner) -> Counting:
    return Counting(lesson_runner)


@pytest.fixture(scope="module")
def learned(lesson: Assignment, lesson_runner: Runner, nonce: str) -> Texts:
    truths = Truths(lesson, lesson_runner)
    truths.for_nonce(nonce)
    return truths.take_learned()[nonce]


def is_truth(found: Mapping[str, Evidence], truth: Mapping[str, Evidence]) -> bool:
    return found.keys() == truth.keys() and all(same(found[name], truth[name]) for name in truth)


def test_the_reference_is_run_once_for_a_nonce(lesson: Assignment, runner: Counting, nonce: str) -> None:
    truths = Truths(lesson, runner)  # type: ignore[arg-type]
    assert truths.for_nonce(nonce) is truths.for_nonce(nonce)
    assert runner.jobs == 1
    assert truths.take_learned().keys() == {nonce} and truths.take_learned() == {}


def test_a_known_truth_is_taken_without_a_run(
    lesson: Assignment, runner: Counting, learned: Texts, nonce: str, truth: Mapping[str, Evidence]
) -> None:
    truths = Truths(lesson, runner, known={nonce: learned}.__getitem__)  # type: ignore[arg-type]
    assert is_truth(truths.for_nonce(nonce), truth)
    assert runner.jobs == 0 and truths.take_learned() == {}


@pytest.mark.parametrize("bad", [None, "", "{}", "failed"])
def test_where_a_known_text_cannot_be_used_the_reference_is_run(
    lesson: Assignment,
    runner: Counting,
    learned: Texts,
    nonce: str,
    truth: Mapping[str, Evidence],
    bad: str | None,
) -> None:
    name = names_of_reference(lesson)["history"]
    error = '"error":{"type":"E","message":"","where":""}'
    text = str(learned[name]).replace('"error":null', error, 1).replace('"error": null', error, 1)
    assert text != learned[name]
    known = {**learned, name: text if bad == "failed" else bad}
    truths = Truths(lesson, runner, known={nonce: known}.__getitem__)  # type: ignore[arg-type]
    assert is_truth(truths.for_nonce(nonce), truth) and runner.jobs == 1


def test_a_course_keeps_the_truth(
    lesson: Assignment, runner: Counting, nonce: str, tmp_path: Path, truth: Mapping[str, Evidence]
) -> None:
    for _ in range(2):
        assert is_truth(Truths(lesson, runner, tmp_path).for_nonce(nonce), truth)  # type: ignore[arg-type]
    assert runner.jobs == 1
    Truths(lesson, runner, tmp_path).for_nonce("another")  # type: ignore[arg-type]
    assert runner.jobs == 2


def test_a_truth_that_cannot_be_kept_is_a_truth_all_the_same(
    lesson: Assignment, runner: Counting, nonce: str, tmp_path: Path, truth: Mapping[str, Evidence]
) -> None:
    (tmp_path / FOLDER.parent).mkdir()
    (tmp_path / FOLDER).write_text("a file in place of the folder")
    assert is_truth(Truths(lesson, runner, tmp_path).for_nonce(nonce), truth)  # type: ignore[arg-type]


def test_another_reference_or_experiment_is_another_run(lesson: Assignment) -> None:
    first, *others = lesson.experiments
    changed = replace(lesson, experiments=(replace(first, code=first.code + "#\n"), *others))
    names = names_of_reference(lesson)
    assert len(set(names.values())) == len(lesson.experiments)
    assert not set(names.values()) & set(names_of_reference(changed).values())


def test_a_reference_that_fails_its_own_experiments_is_not_kept(
    lesson: Assignment, runner: Counting, tmp_path: Path
) -> None:
    first, *others = lesson.experiments
    broken = replace(lesson, experiments=(replace(first, code="1 / 0\n"), *others))
    with pytest.raises(AssignmentError, match="0 sets of observations"):
        Truths(broken, runner, tmp_path).for_nonce("one")  # type: ignore[arg-type]
    assert EvidenceStore(tmp_path, broken).read("one") == {}
