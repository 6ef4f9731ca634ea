"""`selfcheck.check`: nine lines and a count, and never more claimed than was checked."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from tinystack import selfcheck
from tinystack.selfcheck import checks
from tinystack.selfcheck.points import NINE
from tinystack.selfcheck.running import run

Load = Callable[[str], ModuleType]


def test_nine_lines_and_a_count_of_public_checks(
    right: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    selfcheck.check(right.Trainer, right.CosineSchedule, right.clip_grad_norm)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("✅ ") for line in lines[:9])
    assert lines[9].startswith("9 of 9 passed. These are all PUBLIC checks")


def test_pieces_that_were_not_given_are_named_as_not_checked(
    right: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    selfcheck.check(right.Trainer)
    out = capsys.readouterr().out
    assert "correctly applied by the trainer (CosineSchedule itself was not given, so not checked)" in out
    assert "correctly applied by the trainer (clip_grad_norm itself was not given, so not checked)" in out


def test_a_wrong_piece_fails_its_point(
    right: ModuleType, chaff: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = chaff("scheduling/quarter_period").CosineSchedule
    with pytest.raises(selfcheck.SelfCheckFailed, match=r"1 of 9 public checks failed: cosine_schedule"):
        selfcheck.check(right.Trainer, schedule, right.clip_grad_norm)
    assert "8 of 9 passed" in capsys.readouterr().out


def test_failures_are_counted_and_the_check_that_tells_more_is_named(
    chaff: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = chaff("zero_grad/zero_grad_missing")
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        selfcheck.check(wrong.Trainer, wrong.CosineSchedule, wrong.clip_grad_norm)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith(("✅", "❌")) for line in lines) == 9
    assert "❌ zero_grad() requirement → BUG: missing zero_grad() in the training loop" in lines
    assert "selfcheck.zero_grad(...)" in str(failure.value)


def test_something_that_is_no_trainer_fails_all_nine_without_stopping(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(selfcheck.SelfCheckFailed, match="9 of 9 public checks failed"):
        selfcheck.check(None)
    assert capsys.readouterr().out.count("Trainer is not a class") == 9


def test_a_failure_that_another_may_explain_is_not_listed_as_a_thing_to_do(
    chaff: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = chaff("zero_grad/zero_grad_missing")
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        selfcheck.check(wrong.Trainer, wrong.CosineSchedule, wrong.clip_grad_norm)
    to_do = str(failure.value).splitlines()[1:]
    assert len(to_do) == 1 and to_do[0].startswith("   selfcheck.zero_grad(...)")
    assert "mend it first: it may also explain convergence, clipping, accumulation" in to_do[0]


def test_one_trouble_that_fails_all_nine_is_one_thing_to_do() -> None:
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        selfcheck.check(None)
    assert len(str(failure.value).splitlines()) == 2


def test_failures_of_their_own_are_each_a_thing_to_do(chaff: Load, right: ModuleType) -> None:
    wrong = chaff("scheduling/set_after_the_epoch")
    with pytest.raises(selfcheck.SelfCheckFailed) as failure:
        selfcheck.check(wrong.Trainer, right.CosineSchedule, chaff("clipping/root_forgotten").clip_grad_norm)
    to_do = str(failure.value)
    assert "selfcheck.scheduling(...)" in to_do and "selfcheck.clip_function(...)" in to_do


def test_no_check_that_passes_shows_a_picture_of_something_wrong(chaff: Load) -> None:
    module = chaff("zero_grad/zero_grad_missing")
    results = [run(name, getattr(checks, name), module.Trainer) for name in NINE]
    passed = [result for result in results if result.passed]
    assert len(passed) == 5
    assert not [picture for result in passed for picture in result.finding.pictures if "!" in picture.text()]
