"""Workers that know what known bugs leave, and workers that do not, come to the same results."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from graders import bundle as bundles
from graders.assignment import Assignment
from graders.bundle import Bundle, Submitted
from graders.graded import GradedSubmission
from graders.known_evidence import Texts, merged
from graders.library import chaffs
from graders.runner import Job, Result, Runner
from graders.worker.worker import Worker
from tests.graders.worker.conftest import submitted

NONCE = "7" * 32

WRONG = [bug for bug in chaffs() if bug.cause != "out_of_time"][::29]
"""Trainers with a bug of every point."""


@pytest.fixture(scope="module")
def hand_in(lesson: Assignment) -> list[Submitted]:
    """Submissions with a bug each."""
    return [submitted(_with(lesson, bug.source)) for bug in WRONG]


def _with(lesson: Assignment, source: str) -> Any:
    notebook = copy.deepcopy(lesson.notebook)
    first, *others = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("solution"))
    first.source = source
    for cell in others:
        cell.source = ""
    return notebook


@pytest.fixture(scope="module")
def unaided(worker: Worker, hand_in: list[Submitted]) -> list[GradedSubmission]:
    """The results of a worker that finds out everything itself."""
    return [worker.grade(one, NONCE) for one in hand_in]


@pytest.fixture(scope="module")
def learned(unaided: list[GradedSubmission]) -> dict[str, Texts]:
    """What that worker has found out."""
    found: dict[str, Texts] = {}
    for graded in unaided:
        found = merged(found, graded.learned)
    return found


class Watched:
    """Counts the jobs that are not a student's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.own = 0
        run = Runner.run

        def counted(runner: Runner, job: Job, *limits: Any) -> Result:
            self.own += not job.rich
            return run(runner, job, *limits)

        monkeypatch.setattr(Runner, "run", counted)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def results(bundle: Bundle, known: dict[str, Texts], hand_in: list[Submitted]) -> Iterator[GradedSubmission]:
    made = Worker(replace(bundle, known=known))
    try:
        yield from [made.grade(one, NONCE) for one in hand_in]
    finally:
        made.close()


def timeless(graded: GradedSubmission) -> GradedSubmission:
    """A result without times, and without the names of temporary folders."""
    (notebook,) = graded.notebooks
    text = re.sub(rb"tinystack-\w+", b"tinystack-", re.sub(rb'"seconds": [\d.]+', b"", notebook.text))
    return replace(graded, notebooks=(replace(notebook, text=text),), seconds=0.0, stages={})


def test_bugs_are_named_and_each_is_found_out_once(
    unaided: list[GradedSubmission], learned: dict[str, Texts]
) -> None:
    texts = [graded.notebooks[0].text.decode() for graded in unaided]
    told = [bug.remedy in text for bug, text in zip(WRONG, texts, strict=True)]
    assert sum(told) > len(WRONG) // 2
    assert learned.keys() == {NONCE}
    assert sum(len(texts) for graded in unaided for texts in graded.learned.values()) == len(learned[NONCE])


def test_the_same_results_without_a_run_where_all_is_known(
    bundle: Bundle,
    hand_in: list[Submitted],
    unaided: list[GradedSubmission],
    learned: dict[str, Texts],
    watched: Watched,
) -> None:
    aided = list(results(bundle, learned, hand_in))
    assert list(map(timeless, aided)) == list(map(timeless, unaided))
    assert watched.own == 0 and all(graded.learned == {} for graded in aided)


def test_the_same_results_where_half_is_known_and_some_of_it_is_no_evidence(
    bundle: Bundle,
    hand_in: list[Submitted],
    unaided: list[GradedSubmission],
    learned: dict[str, Texts],
    watched: Watched,
) -> None:
    items = sorted(learned[NONCE].items())
    known = {name: text if i % 3 else "{" for i, (name, text) in enumerate(items) if i % 2}
    aided = list(results(bundle, {NONCE: known}, hand_in))
    assert list(map(timeless, aided)) == list(map(timeless, unaided))
    assert watched.own > 0


def test_another_machine_takes_nothing_over_and_its_findings_do_not_go_back(
    bundle: Bundle, hand_in: list[Submitted], learned: dict[str, Texts], watched: Watched
) -> None:
    elsewhere = replace(bundle, made_on="another")
    assert bundles.machine() != "another"
    (graded,) = results(elsewhere, learned, hand_in[:1])
    assert watched.own > 0 and graded.learned == {}
