"""The hidden tests are worth what the coverage table says: the audit of the real library, measured once."""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graders import library
from graders.assignment import Assignment
from graders.audit import snapshot
from graders.audit.findings import Kind, coverage, findings, misplaced, naming, trial_findings
from graders.audit.matrix import Run
from graders.audit.measure import Library, Measured, judge_all, measure
from graders.audit.mutants import Equivalent, mutants, read_equivalent
from graders.audit.page import page
from graders.audit.report import as_record, table
from graders.cli import app as command_line
from graders.cli import audit as command
from graders.comparable import same
from graders.criteria import CRITERIA, scheduling
from graders.judgement import Observed
from graders.library import Chaff
from graders.verdict import Failure

pytestmark = pytest.mark.timeout(600)  # 600 trainers are run, some 40 s where nothing else is

TRIALS = 3
CHAFFS_PER_POINT_IN_A_TRIAL = 4

OWN_CLASS = "no experiment gives the trainer a CosineSchedule: one that takes nothing else applies no rate"
TWINS: Mapping[frozenset[str], str] = {
    frozenset({"chaffs/scheduling/own_class_only", "chaffs/scheduling/rate_only_recorded"}): OWN_CLASS,
}
"""Pairs of chaffs with the same evidence and different causes, and the reason why that is right."""


@pytest.fixture(scope="module")
def measured(lesson: Assignment) -> Measured:
    """The audit of the whole library."""
    specimens = Library(library.wheats(), library.chaffs(), mutants(lesson))
    (whole,) = measure(lesson, specimens, [snapshot.NONCE])
    return whole


@pytest.fixture(scope="module")
def judged_anew(measured: Measured, lesson: Assignment) -> Callable[..., Measured]:
    """judged_anew(experiment=other): the library without mutants, judged again.

    As if the cell `experiment` held the experiment of the cell `other`.
    """
    specimens = replace(measured.library, mutants=())
    names = [subject.name for subject in specimens.subjects]

    def judge(**exchanged: str) -> Measured:
        truths = {**measured.truths, **{to: measured.truths[of] for to, of in exchanged.items()}}
        runs = {name: exchange(measured.runs[name], exchanged) for name in names}
        return judge_all(specimens, runs, truths, lesson.points, measured.nonce)

    return judge


def exchange(run: Run, exchanged: Mapping[str, str]) -> Run:
    observed: dict[str, Observed] = {to: run.observed[of] for to, of in exchanged.items()}
    return replace(run, observed={**run.observed, **observed})


def test_the_audit_finds_nothing(measured: Measured) -> None:
    assert command.found_in(measured, read_equivalent()) == []


def test_all_nine_rows_show_100_percent(measured: Measured) -> None:
    lines = table(coverage(measured)).splitlines()
    assert lines[0].split() == ["Integration", "point", "Coverage", "Priority", "Status"]
    assert len(lines) == 10
    for line, criterion in zip(lines[1:], CRITERIA.values(), strict=True):
        row = re.escape(criterion.title) + r" {2,}100% \((\d+) of \1\) +" + re.escape(criterion.priority)
        assert re.fullmatch(row + " +OK", line)


def test_the_command_prints_the_table_and_exits_with_0(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "measure", lambda *given: [measured])
    result = CliRunner().invoke(command_line.app, ["audit"])
    assert table(coverage(measured)) in result.output
    assert result.exit_code == 0, result.output


def test_root_causes_are_named_rightly_on_95_percent(measured: Measured) -> None:
    named = naming(measured)
    assert named.causes_right >= 0.95 * named.total, "\n".join(f"{f.name}: {f.text}" for f in named.wrong)


def test_the_pinned_matrix_is_up_to_date(measured: Measured) -> None:
    assert snapshot.differences(snapshot.read(), snapshot.take(measured)) == []


def test_the_snapshot_holds_a_message_for_every_cause_that_has_a_chaff(measured: Measured) -> None:
    messages = snapshot.take(measured)["messages"]
    named = {
        (chaff.point, str(measured.guessed[chaff.name].verdicts[chaff.point].cause))
        for chaff in measured.library.chaffs
    }
    assert {f"{point}: {cause}" for point, cause in named} <= messages.keys()


@pytest.mark.parametrize("name", CRITERIA)
def test_a_weakened_criterion_is_reported_by_name(
    judged_anew: Callable[..., Measured], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    checks = tuple(replace(check, judge=lambda seen, truth: None) for check in CRITERIA[name].checks)
    monkeypatch.setitem(CRITERIA, name, replace(CRITERIA[name], checks=checks))
    weak = judged_anew()
    survivors = [f for f in findings(weak, {}) if f.kind is Kind.SURVIVOR]
    assert survivors
    assert all(f.text.startswith(f"the criterion {name} does not catch it") for f in survivors)
    assert [row.criterion.name for row in coverage(weak) if row.status != "OK"] == [name]


@pytest.mark.parametrize("name", CRITERIA)
def test_each_check_of_a_criterion_fails_on_some_bug_of_its_point(measured: Measured, name: str) -> None:
    failed = {
        finding.check
        for chaff in measured.library.chaffs
        if chaff.point == name
        for finding in measured.guessed[chaff.name].verdicts[name].findings
        if finding.failure is not None
    }
    assert failed == {check.name for check in CRITERIA[name].checks}


def test_a_criterion_that_tests_another_point_is_misplaced(
    judged_anew: Callable[..., Measured], monkeypatch: pytest.MonkeyPatch
) -> None:
    causes = {**CRITERIA["zero_grad"].causes, **scheduling.CAUSES}
    wrong_one = replace(scheduling.CRITERION, name="zero_grad", causes=causes)
    monkeypatch.setitem(CRITERIA, "zero_grad", wrong_one)
    wrong = misplaced(judged_anew(zero_grad="scheduling"))
    assert [finding.name for finding in wrong] == ["zero_grad"]
    assert "catches more bugs of scheduling" in wrong[0].text


def test_no_criterion_is_misplaced(measured: Measured) -> None:
    assert misplaced(measured) == []


def test_a_wheat_that_loses_points_is_reported_with_the_reason(
    judged_anew: Callable[..., Measured], monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = tuple(
        replace(check, judge=lambda seen, truth: Failure("loss_wrong", "a fault", "none"))
        for check in CRITERIA["modes"].checks
    )
    monkeypatch.setitem(CRITERIA, "modes", replace(CRITERIA["modes"], checks=checks))
    found = [f for f in findings(judged_anew(), {}) if f.kind is Kind.WHEAT]
    assert {f.name for f in found} == {wheat.name for wheat in library.wheats()}
    assert all("modes gives 0 of 10 points (loss_wrong)" in f.text for f in found)


def test_points_lost_to_another_bug_are_reported_unless_declared(measured: Measured) -> None:
    chaff = next(chaff for chaff in measured.library.chaffs if chaff.name.endswith("/zero_grad_missing"))
    assert "convergence" in chaff.also_fails
    undeclared = replace(measured, library=Library((), [replace(chaff, also_fails=())]))
    found = [f for f in findings(undeclared, {}) if f.kind is Kind.COLLATERAL]
    assert [f.name for f in found] == [chaff.name] * len(chaff.also_fails)
    assert "convergence gives" in found[0].text


def test_a_surviving_mutant_is_reported_and_a_stale_entry_too(measured: Measured) -> None:
    listed = dict(read_equivalent())
    survivor, entry = listed.popitem()
    killed = next(m for m in measured.library.mutants if measured.rows[m.name].failed)
    listed[killed.name] = Equivalent(killed.name, killed.change, "wrong")
    found = {(f.kind, f.name) for f in findings(measured, listed)}
    assert {(Kind.MUTANT, survivor), (Kind.STALE, killed.name)} <= found
    assert entry.change


def test_equal_evidence_has_equal_causes(measured: Measured) -> None:
    """Otherwise a student would be told one of two bugs that nobody can tell apart."""
    found = []
    for point in CRITERIA:
        own = [chaff for chaff in measured.library.chaffs if chaff.point == point]
        for one, other in itertools.combinations(own, 2):
            if one.cause != other.cause and left_the_same(measured, one, other):
                found.append(frozenset({one.name, other.name}))
    assert set(found) == set(TWINS)


def left_the_same(measured: Measured, one: Chaff, other: Chaff) -> bool:
    left = [measured.runs[chaff.name].observed[chaff.point].evidence for chaff in (one, other)]
    return left[0] is not None and left[1] is not None and same(left[0], left[1])


def test_the_record_is_plain_data_with_all_nine_points(measured: Measured) -> None:
    record = json.loads(json.dumps(as_record(measured, [])))
    assert [point["name"] for point in record["points"]] == list(CRITERIA)
    assert record["matrix"].keys() == measured.rows.keys()


def test_the_page_needs_nothing_but_itself_and_shows_every_row(measured: Measured) -> None:
    text = page(measured, findings(measured, {}))
    assert not re.search(r"(?:src|href)\s*=|@import|url\(|https?://(?!\S+</)", text.split("<tbody id")[0])
    assert text.count('<tr data-kind="') == len(measured.rows)
    assert "prefers-color-scheme: dark" in text


def test_the_page_filters_and_explains_in_a_browser(
    measured: Measured, chromium: str, tmp_path: Path
) -> None:
    path = tmp_path / "audit.html"
    path.write_text(page(measured, []), "utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]
    shown = subprocess.run(
        [chromium, *arguments, path.as_uri()], capture_output=True, text=True, timeout=100, check=True
    ).stdout
    assert f"{len(measured.library.chaffs)} of {len(measured.rows)} shown" in shown


def test_trials_on_other_numbers_find_nothing(lesson: Assignment, seed: int) -> None:
    """Here on all wheats and some chaffs of each point; `graders audit --nonces 50` takes all of them."""
    drawn = random.Random(seed)
    chaffs = library.chaffs()
    for trial in range(TRIALS):
        some = [
            chaff
            for point in CRITERIA
            for chaff in drawn.sample([c for c in chaffs if c.point == point], CHAFFS_PER_POINT_IN_A_TRIAL)
        ]
        (result,) = measure(lesson, Library(library.wheats(), some), [f"trial-{seed}-{trial}"])
        assert trial_findings(result) == []
