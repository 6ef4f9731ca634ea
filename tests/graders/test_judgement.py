"""Points, partial credit, root causes, and what is never judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from graders.assignment import Assignment
from graders.criteria import COMMON_CAUSES, CRITERIA
from graders.diagnosis import cause_of
from graders.evidence import SCHEMA, Evidence, PartEvidence, StudentError
from graders.judgement import Observed, criterion_of, judge, observe
from graders.verdict import Outcome, Verdict
from tests.graders.earning import earned

Truth = Mapping[str, Evidence]
Reference = Mapping[str, Observed]


def spoil(evidence: Evidence, part: str, **changes: object) -> Evidence:
    """Evidence with some observations of one part replaced."""
    seen = evidence.parts[part]
    changed = replace(seen, observed={**seen.observed, **changes})  # type: ignore[dict-item]
    return replace(evidence, parts={**evidence.parts, part: changed})


def raising(evidence: Evidence, part: str, error: str) -> Evidence:
    changed = PartEvidence(part, StudentError(error, "a message", "line 3, in train_epoch"), {})
    return replace(evidence, parts={**evidence.parts, part: changed})


def judged(
    lesson: Assignment, truth: Truth, reference: Reference, **observed: Observed
) -> Mapping[str, Verdict]:
    return judge({**reference, **observed}, truth, lesson.points)


def test_the_reference_earns_all_points(lesson: Assignment, truth: Truth, reference: Reference) -> None:
    verdicts = judge(reference, truth, lesson.points)
    assert list(verdicts) == list(CRITERIA)
    assert {name: v.score for name, v in verdicts.items()} == lesson.points
    assert all(v.outcome is Outcome.PASSED and v.cause is v.explained_by is None for v in verdicts.values())


CHECKS = [(name, check.name) for name, criterion in CRITERIA.items() for check in criterion.checks]


@pytest.mark.parametrize("name", CRITERIA)
def test_a_part_that_raises_costs_its_share_and_no_more(
    lesson: Assignment, truth: Truth, reference: Reference, name: str
) -> None:
    criterion, most = CRITERIA[name], lesson.points[name]
    total = sum(check.weight for check in criterion.checks)
    assert total == most
    for part in truth[name].parts:
        lost = sum(check.weight for check in criterion.checks if check.part == part)
        verdicts = judged(
            lesson, truth, reference, **{name: Observed(raising(truth[name], part, "KeyError"))}
        )
        assert verdicts[name].score == pytest.approx(most - lost)
        assert (verdicts[name].cause, verdicts[name].outcome) == ("raised", Outcome.FAILED)
        assert "line 3" in verdicts[name].seen
        assert [n for n, v in verdicts.items() if v.outcome is Outcome.FAILED] == [name]


@pytest.mark.parametrize("name", CRITERIA)
def test_without_evidence_there_are_no_points(
    lesson: Assignment, truth: Truth, reference: Reference, name: str
) -> None:
    for nothing in (Observed(), Observed(replace(truth[name], parts={}))):
        verdict = judged(lesson, truth, reference, **{name: nothing})[name]
        assert (verdict.score, verdict.outcome, verdict.cause) == (0.0, Outcome.FAILED, "no_evidence")
    missing = {n: o for n, o in reference.items() if n != name}
    assert judge(missing, truth, lesson.points)[name].score == 0.0


def test_nothing_observed_at_all_scores_0(lesson: Assignment, truth: Truth) -> None:
    verdicts = judge({}, truth, lesson.points)
    assert sum(v.score for v in verdicts.values()) == 0.0
    assert all(v.seen and v.expected and v.likely_cause and v.where_to_look for v in verdicts.values())


@pytest.mark.parametrize("name", CRITERIA)
def test_a_fault_of_the_grader_is_not_judged_and_blames_nobody(
    lesson: Assignment, truth: Truth, reference: Reference, name: str
) -> None:
    verdicts = judged(lesson, truth, reference, **{name: Observed(fault="the disk is full")})
    assert verdicts[name].outcome is Outcome.NOT_JUDGED and verdicts[name].cause is None
    assert verdicts[name].seen == "the disk is full" and "not of your work" in verdicts[name].likely_cause
    others = [v.outcome for n, v in verdicts.items() if n != name]
    assert set(others) == {Outcome.PASSED}


def deviating(truth: Truth) -> Observed:
    """Momentum that resumes as it went on, from other parameters than the reference's."""
    part = truth["checkpointing"].parts["momentum"]
    rows = {k: [row + 1e-3 for row in part.rows(k)] for k in ("unbroken_model", "resumed_model")}
    return Observed(spoil(truth["checkpointing"], "momentum", **rows))


def test_a_deviation_counts_where_nothing_else_fails(
    lesson: Assignment, truth: Truth, reference: Reference
) -> None:
    verdicts = judged(lesson, truth, reference, checkpointing=deviating(truth))
    assert verdicts["checkpointing"].cause == CRITERIA["checkpointing"].unexplained
    assert verdicts["checkpointing"].score == 8.0
    assert "momentum" not in earned(verdicts["checkpointing"])


def test_a_deviation_is_forgiven_where_another_criterion_fails(
    lesson: Assignment, truth: Truth, reference: Reference
) -> None:
    other = Observed(raising(truth["convergence"], "sgd", "KeyError"))
    verdicts = judged(lesson, truth, reference, checkpointing=deviating(truth), convergence=other)
    assert verdicts["checkpointing"].outcome is Outcome.PASSED
    assert "momentum" in earned(verdicts["checkpointing"])
    assert "momentum" not in verdicts["checkpointing"].working, "nothing is said to work that was not seen to"


def test_two_deviations_do_not_forgive_each_other(
    lesson: Assignment, truth: Truth, reference: Reference
) -> None:
    part = truth["modes"].parts["later_training"]
    rows = {k: [row + 1e-3 for row in part.rows(k)] for k in ("alone_model", "evaluated_model")}
    modes = Observed(spoil(truth["modes"], "later_training", **rows))
    verdicts = judged(lesson, truth, reference, checkpointing=deviating(truth), modes=modes)
    assert verdicts["modes"].outcome is verdicts["checkpointing"].outcome is Outcome.FAILED


def never_cleared(truth: Truth) -> dict[str, Observed]:
    """zero_grad is never called, and convergence fails with it."""
    observed = {}
    evidence = truth["zero_grad"]
    for name, part in evidence.parts.items():
        total = np.cumsum(part.array("gradients"), axis=0)
        evidence = spoil(evidence, name, gradients=total, after=part.array("before") - 0.1 * total)
    observed["zero_grad"] = Observed(evidence)
    rows = [row + 1.0 for row in truth["convergence"].parts["sgd"].rows("parameters")]
    observed["convergence"] = Observed(spoil(truth["convergence"], "sgd", parameters=rows))
    return observed


def test_a_failure_is_explained_by_the_one_that_brings_it_about(
    lesson: Assignment, truth: Truth, reference: Reference
) -> None:
    verdicts = judged(lesson, truth, reference, **never_cleared(truth))
    assert verdicts["zero_grad"].cause == "never_cleared" and verdicts["zero_grad"].explained_by is None
    assert verdicts["convergence"].explained_by == "zero_grad"


def test_explanations_never_run_in_a_circle(lesson: Assignment, truth: Truth, reference: Reference) -> None:
    """Every pair of causes that explain each other's criteria leaves a root."""
    names = list(CRITERIA)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        observed = {}
        for name in names:
            causes = list(CRITERIA[name].causes)
            observed[name] = Observed(missing=(causes[rng.integers(len(causes))], "drawn"))
        verdicts = judge(observed, truth, lesson.points)
        for name in names:
            chain = [name]
            while (root := verdicts[chain[-1]].explained_by) is not None:
                assert root not in chain, f"seed {seed}: {chain}"
                chain.append(root)
        assert any(v.explained_by is None for v in verdicts.values())


def test_what_passed_explains_nothing_and_is_not_explained(
    lesson: Assignment, truth: Truth, reference: Reference
) -> None:
    verdicts = judged(lesson, truth, reference, zero_grad=never_cleared(truth)["zero_grad"])
    assert [n for n, v in verdicts.items() if v.explained_by] == []


@pytest.mark.parametrize("count", [2, 3, 10])
def test_more_than_one_set_of_evidence_is_tampering(count: int) -> None:
    text = json.dumps({"schema": SCHEMA, "experiment": "zero_grad", "error": None, "parts": {}})
    observed = observe((text,) * count, "zero_grad")
    assert observed.evidence is None and observed.missing is not None
    assert observed.missing[0] == "tampering" and str(count) in observed.missing[1]


def test_evidence_of_another_experiment_is_tampering() -> None:
    text = json.dumps({"schema": SCHEMA, "experiment": "history", "error": None, "parts": {}})
    assert observe((text,), "history").evidence is not None
    missing = observe((text,), "zero_grad").missing
    assert missing is not None and missing[0] == "tampering" and "'history'" in missing[1]


def test_evidence_in_the_place_of_another_earns_nothing(lesson: Assignment, truth: Truth) -> None:
    swapped = {name: Observed(truth["history"]) for name in truth if name != "history"}
    assert sum(v.score for v in judge(swapped, truth, lesson.points).values()) == 0.0


@pytest.mark.parametrize("text", ["", "{}", "null", "[1]", "x" * 10**6, "\ud800"])
def test_what_is_no_evidence_is_tampering(text: str) -> None:
    missing = observe((text,), "zero_grad").missing
    assert missing is not None and missing[0] == "tampering"


def test_no_text_at_all_is_no_evidence() -> None:
    assert observe((), "zero_grad") == Observed()


def test_an_experiment_without_a_criterion_is_judged_by_equality(truth: Truth) -> None:
    evidence = replace(truth["modes"], experiment="extra")
    points = {"extra": 7.0}
    assert judge({"extra": Observed(evidence)}, {"extra": evidence}, points)["extra"].score == 7.0
    for part in evidence.parts:
        verdict = judge({"extra": Observed(raising(evidence, part, "KeyError"))}, {"extra": evidence}, points)
        assert verdict["extra"].score == pytest.approx(7.0 * (1 - 1 / len(evidence.parts)))
        changed = replace(evidence.parts[part], observed={})
        broken = replace(evidence, parts={**evidence.parts, part: changed})
        assert judge({"extra": Observed(broken)}, {"extra": evidence}, points)["extra"].score < 7.0


@pytest.mark.parametrize("name", CRITERIA)
def test_every_cause_has_a_sentence_and_a_place_and_explains_criteria(truth: Truth, name: str) -> None:
    criterion = criterion_of(name, truth[name])
    for cause_name in [*criterion.causes, *COMMON_CAUSES, criterion.unexplained]:
        cause = cause_of(name, cause_name)
        assert cause.bug and cause.look and set(cause.explains) <= set(CRITERIA) - {name}
    assert not criterion.causes.keys() & COMMON_CAUSES.keys()
