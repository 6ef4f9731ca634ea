"""Fingerprints: a failure that equals a known bug's is named by it, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from graders import diagnosis
from graders import fingerprints as module
from graders.assignment import Assignment
from graders.bug_runs import BugRuns
from graders.criteria import CRITERIA
from graders.diagnosis import best_match, cause_of, diagnose, known_bugs
from graders.evidence import Evidence, parse
from graders.fingerprints import Fingerprints, Stopwatch
from graders.grading import Grader, evidence_in
from graders.judgement import Observed, judge
from graders.library import Chaff, chaffs
from graders.messages import as_text
from graders.runner import Job, Result, Runner
from graders.signatures import signature
from graders.submission import read
from graders.truth import Truths
from graders.verdict import Outcome, Verdict

Truth = Mapping[str, Evidence]
ALL = chaffs()

NAMED = (
    "orchestration/divides_by_loader_length",
    "zero_grad/backward_called_twice",
    "convergence/early_layers_frozen",
    "scheduling/reads_schedule_attributes",
    "clipping/clipped_after_step",
    "modes/trainer_flag_only",
    "checkpointing/no_parent_folder",
    "accumulation/group_summed",
    "history/reset_each_epoch",
    "history/class_level_history",  # what it leaves depends on the experiments before
)


def chaff(name: str) -> Chaff:
    return next(each for each in ALL if each.name == f"chaffs/{name}")


@pytest.fixture(scope="module")
def fingerprints(lesson: Assignment, lesson_runner: Runner) -> Fingerprints:
    """All known bugs, none of them ruled out by its signature."""
    return Fingerprints(lesson, lesson_runner, ALL, {})


@pytest.fixture(scope="module")
def verdicts_of(lesson: Assignment, truth: Truth) -> Callable[[Mapping[str, Observed]], dict[str, Verdict]]:
    return lambda observed: judge(observed, truth, lesson.points)


@pytest.mark.parametrize("name", NAMED)
def test_evidence_of_a_chaff_names_the_cause_and_the_remedy_of_that_chaff(
    observe_file: Any, verdicts_of: Any, fingerprints: Fingerprints, nonce: str, name: str
) -> None:
    bug = chaff(name)
    observed = observe_file(bug.path)
    verdicts = verdicts_of(observed)
    evidence = observed[bug.point].evidence
    matching = fingerprints.matching(verdicts[bug.point], evidence, nonce)
    assert bug in matching
    match = best_match(matching, verdicts[bug.point])
    alike = [each for each in matching if each.cause == bug.cause]
    assert match.cause == bug.cause and match.name == alike[0].name
    assert match.remedy == (bug.remedy if {each.remedy for each in alike} == {bug.remedy} else "")
    named = diagnose(verdicts, {bug.point: bug})[bug.point]
    assert (named.cause, named.known_bug, named.remedy) == (bug.cause, bug.name, bug.remedy)
    assert named.likely_cause == cause_of(bug.point, bug.cause).bug
    assert f"Remedy: {bug.remedy}" in as_text(named, {})
    assert {each.point for each in matching} == {bug.point}


@pytest.mark.parametrize("name", NAMED)
def test_evidence_of_other_numbers_matches_nothing(
    lesson: Assignment,
    lesson_runner: Runner,
    observe_file: Any,
    verdicts_of: Any,
    fingerprints: Fingerprints,
    name: str,
) -> None:
    bug = chaff(name)
    observed = observe_file(bug.path)
    verdict, evidence = verdicts_of(observed)[bug.point], observed[bug.point].evidence
    others = Fingerprints(lesson, lesson_runner, [bug], {})
    assert others.matching(verdict, evidence, "somebody else's") == []


def test_the_reference_s_evidence_is_no_known_bug_s(
    truth: Truth, verdicts_of: Any, fingerprints: Fingerprints, nonce: str
) -> None:
    for name in CRITERIA:
        verdict = failed(name, next(iter(CRITERIA[name].causes)))
        assert fingerprints.matching(verdict, truth[name], nonce) == []


def test_a_submission_is_told_the_known_bug_and_its_remedy(
    lesson: Assignment, lesson_runner: Runner, truths: Truths, fingerprints: Fingerprints, nonce: str
) -> None:
    bug = chaff("zero_grad/backward_called_twice")
    grader = Grader(lesson, lesson_runner, truths, fingerprints)
    told = grader.grade(read(bug.path, lesson), nonce).verdicts
    untold = Grader(lesson, lesson_runner, truths).grade(read(bug.path, lesson), nonce).verdicts
    assert (told["zero_grad"].cause, told["zero_grad"].remedy) == (bug.cause, bug.remedy)
    assert {n: v.score for n, v in told.items()} == {n: v.score for n, v in untold.items()}
    assert {n: v.outcome for n, v in told.items()} == {n: v.outcome for n, v in untold.items()}


# Which bugs are run: fakes count.


class CountingRunner:
    """Leaves the same evidence for every bug, and notes which ones were run."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, job: Job) -> Result:
        names = [name for name, _ in job.experiments]
        self.ran += names
        return Result(dict.fromkeys(names, ()), {})


def failed(criterion: str, cause: str, explained_by: str | None = None) -> Verdict:
    return Verdict(
        criterion, criterion, 0.0, 1.0, Outcome.FAILED, cause=cause, explained_by=explained_by, seen=cause
    )


def counting(lesson: Assignment, signatures: Mapping[str, str]) -> tuple[Fingerprints, CountingRunner]:
    runner = CountingRunner()
    return Fingerprints(lesson, runner, ALL, signatures), runner  # type: ignore[arg-type]


def of_point(point: str) -> list[str]:
    return [each.name for each in ALL if each.point == point]


def test_each_bug_of_the_point_is_run_once_for_a_nonce(lesson: Assignment, truth: Truth) -> None:
    fingerprints, runner = counting(lesson, {})
    verdict = failed("zero_grad", "never_cleared")
    for _ in range(2):
        assert fingerprints.matching(verdict, truth["zero_grad"], "one") == []
    assert sorted(runner.ran) == sorted(of_point("zero_grad"))
    fingerprints.matching(verdict, truth["zero_grad"], "two")
    assert sorted(runner.ran) == sorted(2 * of_point("zero_grad"))


def test_only_bugs_with_the_signature_of_the_failure_are_run(lesson: Assignment, truth: Truth) -> None:
    names, verdict = of_point("zero_grad"), failed("zero_grad", "never_cleared")
    alike, unknown, *different = names
    signatures = {alike: signature(verdict), **dict.fromkeys(different, "within an epoch: backward_twice")}
    fingerprints, runner = counting(lesson, signatures)
    fingerprints.matching(verdict, truth["zero_grad"], "one")
    assert sorted(runner.ran) == sorted([alike, unknown])


def test_an_experiment_without_known_bugs_runs_nothing(lesson: Assignment, truth: Truth) -> None:
    fingerprints, runner = counting(lesson, {})
    verdict = failed("zero_grad", "never_cleared")
    assert fingerprints.matching(replace(verdict, criterion="extra"), truth["zero_grad"], "one") == []
    assert runner.ran == []


# What is known already.


def left_by(lesson: Assignment, runner: Runner, bug: Chaff, nonce: str) -> str:
    (left,) = BugRuns(lesson).run([bug], nonce, runner)
    assert left.text is not None
    return left.text


@pytest.fixture(scope="module")
def bug() -> Chaff:
    return chaff("zero_grad/backward_called_twice")


@pytest.fixture(scope="module")
def bug_text(lesson: Assignment, lesson_runner: Runner, bug: Chaff, nonce: str) -> str:
    return left_by(lesson, lesson_runner, bug, nonce)


def with_known(lesson: Assignment, bug: Chaff, text: str | None) -> tuple[Fingerprints, CountingRunner]:
    runner = CountingRunner()
    known = {BugRuns(lesson).name_of(bug): text}
    made = Fingerprints(lesson, runner, [bug], {}, {"one": known}.__getitem__)  # type: ignore[arg-type]
    return made, runner


def test_a_bug_whose_evidence_is_known_is_compared_without_a_run(
    lesson: Assignment, bug: Chaff, bug_text: str, truth: Truth
) -> None:
    fingerprints, runner = with_known(lesson, bug, bug_text)
    verdict = failed("zero_grad", "backward_twice")
    assert fingerprints.matching(verdict, parse(bug_text), "one") == [bug]
    assert fingerprints.matching(verdict, truth["zero_grad"], "one") == []
    assert runner.ran == [] and fingerprints.take_learned() == {}


def test_known_evidence_counts_even_when_the_time_is_used_up(
    lesson: Assignment, bug: Chaff, bug_text: str
) -> None:
    fingerprints, _ = with_known(lesson, bug, bug_text)
    verdict, over = failed("zero_grad", "backward_twice"), Stopwatch(-1.0)
    assert fingerprints.matching(verdict, parse(bug_text), "one", over) == [bug]


def test_a_bug_that_is_known_to_leave_nothing_usable_matches_nothing_and_is_not_run(
    lesson: Assignment, bug: Chaff, bug_text: str
) -> None:
    fingerprints, runner = with_known(lesson, bug, None)
    assert fingerprints.matching(failed("zero_grad", "raised"), parse(bug_text), "one") == []
    assert runner.ran == []


def test_stored_texts_that_are_no_evidence_of_the_point_are_found_out_again(
    lesson: Assignment, bug: Chaff, bug_text: str
) -> None:
    for text in ("", "{}", bug_text[:-1], bug_text.replace('"zero_grad"', '"history"')):
        fingerprints, runner = with_known(lesson, bug, text)
        fingerprints.matching(failed("zero_grad", "raised"), parse(bug_text), "one")
        assert runner.ran == [bug.name]


def test_stored_texts_are_parsed_when_they_are_needed_and_not_before(
    lesson: Assignment, bug: Chaff, bug_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    monkeypatch.setattr(module, "read_evidence", lambda text, point: parsed.append(point) or parse(text))
    known = {BugRuns(lesson).name_of(each): bug_text for each in ALL}
    fingerprints = Fingerprints(
        lesson,
        CountingRunner(),
        ALL,
        {},
        lambda nonce: known,  # type: ignore[arg-type]
    )
    assert parsed == []
    for _ in range(2):
        fingerprints.matching(failed("zero_grad", "raised"), parse(bug_text), "one")
        assert parsed == ["zero_grad"] * len(of_point("zero_grad"))


def test_what_is_found_out_is_handed_over_once_and_is_what_is_known_later(
    lesson: Assignment, lesson_runner: Runner, bug: Chaff, bug_text: str, nonce: str
) -> None:
    first = Fingerprints(lesson, lesson_runner, [bug], {})
    verdict = failed("zero_grad", "backward_twice")
    assert first.matching(verdict, parse(bug_text), nonce) == [bug]
    learned = first.take_learned()
    assert learned == {nonce: {BugRuns(lesson).name_of(bug): bug_text}} and first.take_learned() == {}
    second = Fingerprints(lesson, CountingRunner(), [bug], {}, learned.__getitem__)  # type: ignore[arg-type]
    assert second.matching(verdict, parse(bug_text), nonce) == [bug]


def test_a_bug_that_was_not_run_to_its_end_teaches_nothing(lesson: Assignment, truth: Truth) -> None:
    fingerprints, runner = counting(lesson, {})
    fingerprints.matching(failed("zero_grad", "never_cleared"), truth["zero_grad"], "one")
    assert runner.ran and fingerprints.take_learned() == {}


# The order, and what follows from a match.


class Listed:
    """Stands in for Fingerprints: notes the points it is asked for, and matches what it is told to."""

    def __init__(self, matches: Mapping[str, Sequence[Chaff]]) -> None:
        self.asked: list[str] = []
        self._matches = matches

    def matching(self, verdict: Verdict, evidence: Evidence, nonce: str, watch: object) -> list[Chaff]:
        self.asked.append(verdict.criterion)
        return list(self._matches.get(verdict.criterion, ()))


def three_failures() -> dict[str, Verdict]:
    return {
        "orchestration": failed("orchestration", "no_update", explained_by="convergence"),
        "zero_grad": replace(failed("zero_grad", "never_cleared"), outcome=Outcome.PASSED),
        "convergence": failed("convergence", "not_learned"),
        "history": failed("history", "reset"),
        "modes": failed("modes", "loss_wrong"),
    }


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much time for comparing as it takes."""
    monkeypatch.setattr(diagnosis, "Stopwatch", lambda: Stopwatch(1000.0))


@pytest.mark.usefixtures("unhurried")
def test_unexplained_failures_come_first_and_only_failures_with_evidence_are_compared(truth: Truth) -> None:
    listed, bug = (
        Listed({"history": [chaff("history/class_level_history")]}),
        chaff("history/class_level_history"),
    )
    evidence = {name: truth[name] for name in ("orchestration", "zero_grad", "convergence", "history")}
    found = known_bugs(three_failures(), evidence, listed, "one")  # type: ignore[arg-type]
    assert listed.asked == ["convergence", "history", "orchestration"]
    assert {n: (m.name, m.cause, m.remedy) for n, m in found.items()} == {
        "history": (bug.name, bug.cause, bug.remedy)
    }


def test_when_the_time_is_used_up_nothing_more_is_compared(
    truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watch:
        left = 1

        def is_over(self) -> bool:
            Watch.left -= 1
            return Watch.left < 0

    monkeypatch.setattr(diagnosis, "Stopwatch", Watch)
    listed = Listed({})
    known_bugs(three_failures(), truth, listed, "one")  # type: ignore[arg-type]
    assert listed.asked == ["convergence"]


def test_the_stopwatch_ends() -> None:
    assert not Stopwatch(1000.0).is_over() and Stopwatch(-1.0).is_over()


def three_bugs() -> list[Chaff]:
    """Three bugs of one point, of which two have a cause in common."""
    bug = chaff("zero_grad/backward_called_twice")
    others = (("never_cleared", "Clear."), ("never_cleared", "Call it."), ("backward_twice", "Once."))
    return [replace(bug, name=f"bug {i}", cause=c, remedy=r) for i, (c, r) in enumerate(others)]


def test_of_several_matches_the_cause_that_the_criterion_names_is_taken() -> None:
    match = best_match(three_bugs(), failed("zero_grad", "backward_twice"))
    assert (match.cause, match.name, match.remedy) == ("backward_twice", "bug 2", "Once.")


def test_where_the_criterion_names_no_cause_of_a_match_the_commonest_is_taken() -> None:
    bugs = three_bugs()
    for order in (bugs, bugs[::-1]):
        assert best_match(order, failed("zero_grad", "raised")).cause == "never_cleared"


def test_remedies_that_differ_are_not_given_and_the_same_one_is() -> None:
    first, second, _ = three_bugs()
    verdict = failed("zero_grad", "never_cleared")
    assert best_match([first, second], verdict).remedy == ""
    assert best_match([first, replace(second, remedy=first.remedy)], verdict).remedy == first.remedy


def test_only_points_that_fail_with_every_match_are_explained_by_it() -> None:
    first, second, _ = three_bugs()
    first = replace(first, also_fails=("convergence", "clipping"))
    second = replace(second, also_fails=("clipping", "accumulation"))
    assert best_match([first, second], failed("zero_grad", "never_cleared")).also_fails == ("clipping",)


def test_a_known_bug_explains_what_fails_with_it_and_is_not_explained_by_a_guess() -> None:
    bug = next(each for each in ALL if each.point == "history")
    bug = replace(bug, also_fails=("convergence",))
    verdicts = diagnose(
        {"convergence": failed("convergence", "not_learned"), "history": failed("history", "reset")},
        {"history": bug},
    )
    assert verdicts["history"].explained_by is None and verdicts["convergence"].explained_by == "history"
    assert verdicts["convergence"].remedy == "" and verdicts["convergence"].known_bug is None


def test_what_passed_or_was_not_judged_is_never_given_a_bug() -> None:
    bug = chaff("zero_grad/backward_called_twice")
    for outcome in (Outcome.PASSED, Outcome.NOT_JUDGED):
        verdict = Verdict("zero_grad", "zero_grad", 0.0, 1.0, outcome)
        assert diagnose({"zero_grad": verdict}, {"zero_grad": bug}) == {"zero_grad": verdict}


def test_only_experiments_that_left_evidence_are_looked_at(truth: Truth) -> None:
    observed = {"history": Observed(truth["history"]), "modes": Observed(missing=("no_evidence", "gone"))}
    assert evidence_in(observed) == {"history": truth["history"]}
