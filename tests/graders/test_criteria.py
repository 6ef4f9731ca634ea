"""Each criterion is seen to fail for each of its own causes, on a real trainer with one bug."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from graders.assignment import Assignment
from graders.criteria import CRITERIA
from graders.diagnosis import best_match
from graders.evidence import Evidence
from graders.fingerprints import Fingerprints
from graders.judgement import Observed, judge
from graders.library import chaffs
from graders.runner import Runner
from graders.verdict import Outcome, Verdict

CHAFFS = Path(__file__).resolve().parents[2] / "graders" / "chaffs"
Observe = Callable[[Path], Mapping[str, Observed]]


def header(path: Path, field: str) -> str:
    match = re.search(rf"^{field}: *(\S.*)$", path.read_text("utf-8"), re.MULTILINE)
    return match.group(1).strip() if match else ""


def specimens() -> dict[tuple[str, str], list[Path]]:
    """Chaffs by point and by the cause that they were written for."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(CHAFFS.glob("*/*.py")):
        found.setdefault((path.parent.name, header(path, "cause")), []).append(path)
    return found


SPECIMENS = specimens()
OWN_CAUSES = [(name, cause) for name, criterion in CRITERIA.items() for cause in criterion.causes]

NO_SPECIMEN = {
    ("convergence", "not_learned"): "the cause of last resort: what no other cause of convergence fits",
}

ONLY_BY_FINGERPRINT = {
    ("modes", "partial_switch"): "which layers were switched shows in no number alone; the known bugs tell",
}


@pytest.fixture(scope="module")
def verdicts_of(
    lesson: Assignment, truth: Mapping[str, Evidence], observe_file: Observe
) -> Callable[[Path], Mapping[str, Verdict]]:
    return lambda path: judge(observe_file(path), truth, lesson.points)


def test_causes_of_chaffs_are_those_of_the_criteria() -> None:
    known = set(OWN_CAUSES)
    assert not [key for key in SPECIMENS if key not in known and key[1] not in ("raised", "out_of_time")]


@pytest.mark.parametrize("name", CRITERIA)
def test_at_least_four_chaffs_fail_each_criterion(name: str) -> None:
    assert len(list((CHAFFS / name).glob("*.py"))) >= 4


NAMED_BY_THE_CRITERION = [pair for pair in OWN_CAUSES if pair not in ONLY_BY_FINGERPRINT]


@pytest.mark.parametrize(("name", "cause"), NAMED_BY_THE_CRITERION)
def test_the_criterion_names_the_cause_of_a_chaff(
    verdicts_of: Callable[[Path], Mapping[str, Verdict]], name: str, cause: str
) -> None:
    """One chaff of the cause is enough here; the audit pins the verdict of every one."""
    paths, seen = SPECIMENS.get((name, cause), []), []
    for path in paths:
        verdict = verdicts_of(path)[name]
        assert verdict.outcome is Outcome.FAILED and verdict.score < verdict.max_score, path.name
        if verdict.cause == cause:
            return
        seen.append(f"{path.name}: {verdict.cause}: {verdict.seen}")
    if not paths and (name, cause) in NO_SPECIMEN:
        return
    pytest.fail("\n".join(seen) or "no chaff is written for this cause")


@pytest.mark.parametrize(("name", "cause"), ONLY_BY_FINGERPRINT)
def test_a_cause_that_numbers_do_not_tell_is_named_for_every_known_bug_that_has_it(
    lesson: Assignment,
    lesson_runner: Runner,
    observe_file: Observe,
    truth: Mapping[str, Evidence],
    nonce: str,
    name: str,
    cause: str,
) -> None:
    bugs = [bug for bug in chaffs() if bug.point == name]
    fingerprints, having = (
        Fingerprints(lesson, lesson_runner, bugs, {}),
        [b for b in bugs if b.cause == cause],
    )
    assert having
    for bug in having:
        observed = observe_file(bug.path)
        verdict, evidence = judge(observed, truth, lesson.points)[name], observed[name].evidence
        assert verdict.outcome is Outcome.FAILED and verdict.score < verdict.max_score, bug.name
        assert evidence is not None
        assert best_match(fingerprints.matching(verdict, evidence, nonce), verdict).cause == cause, bug.name
