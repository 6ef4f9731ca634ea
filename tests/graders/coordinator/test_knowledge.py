"""What workers know and find out: the bundle brings it, results take it back, the coordinator keeps it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from graders import bundle as module
from graders.assignment import Assignment
from graders.bundle import Bundle
from graders.coordinator.knowledge import Knowledge
from graders.graded import GradedSubmission
from graders.known_evidence import FOLDER, EvidenceStore, Texts


def result(**learned: Texts) -> GradedSubmission:
    return GradedSubmission("07_training", "fern", (), learned=learned)


def test_what_is_known_of_the_nonces_of_a_run_is_in_the_bundle(
    bundle: Bundle, lesson: Assignment, tmp_path: Path
) -> None:
    store = EvidenceStore(tmp_path, lesson)
    store.add("one", {"a": "1"})
    store.add("two", {"b": None})
    given = Knowledge(tmp_path, lesson).given_to(bundle, ["two", "three", "two"])
    assert given.known == {"two": {"b": None}, "three": {}}
    assert given.digest() == bundle.digest(), "workers without the knowledge come to the same results"
    sent = pickle.loads(pickle.dumps(given))
    assert (sent.known_of("two"), sent.known_of("one")) == ({"b": None}, {})


def test_on_another_machine_what_is_known_does_not_count(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = replace(bundle, known={"one": {"a": "1"}})
    assert given.known_of("one") == {"a": "1"}
    monkeypatch.setattr(module, "machine", lambda: "another")
    assert given.known_of("one") == {}


def test_what_results_bring_back_is_kept_at_the_end_and_not_handed_on(
    lesson: Assignment, tmp_path: Path
) -> None:
    handed_on: list[GradedSubmission] = []
    knowledge, store = Knowledge(tmp_path, lesson), EvidenceStore(tmp_path, lesson)
    store.add("one", {"z": "0"})
    sink = knowledge.noting(lambda digest, graded: handed_on.append(graded))
    sink("", result(one={"a": "1"}))
    sink("", result(one={"b": None}, two={"c": "2"}))
    sink("", result())
    assert store.read("one") == {"z": "0"}
    knowledge.close()
    assert store.read("one") == {"z": "0", "a": "1", "b": None} and store.read("two") == {"c": "2"}
    assert [graded.learned for graded in handed_on] == [{}, {}, {}]


def test_a_run_that_finds_out_nothing_writes_nothing(lesson: Assignment, tmp_path: Path) -> None:
    knowledge = Knowledge(tmp_path, lesson)
    knowledge.noting(lambda digest, graded: None)("", result())
    knowledge.close()
    assert list(tmp_path.iterdir()) == []


def test_knowledge_that_cannot_be_kept_costs_nothing_but_time(lesson: Assignment, tmp_path: Path) -> None:
    (tmp_path / FOLDER.parent).mkdir()
    (tmp_path / FOLDER).write_text("a file in place of the folder")
    knowledge = Knowledge(tmp_path, lesson)
    knowledge.noting(lambda digest, graded: None)("", result(one={"a": "1"}))
    knowledge.close()
    assert EvidenceStore(tmp_path, lesson).read("one") == {}
