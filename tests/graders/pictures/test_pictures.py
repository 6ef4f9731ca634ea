"""Claims about pictures of real bugs."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graders.criteria import CRITERIA
from graders.evidence import StudentError
from graders.pictures import Picture, picture
from graders.pictures.choice import SKETCHERS
from graders.pictures.ink import DARK, LIGHT
from graders.verdict import Outcome
from tests.graders.pictures.drawing import SVG, complaints, key, read, texts

MAX_SECONDS = 0.005
"""Five times what it takes here, as machines of CI are slow."""

# A chaff, the criterion that it fails, and what the alternative text must say of it.
PICTURED = {
    ("orchestration/same_batch_every_time", "orchestration"): r"update 2 used batch 1 \(weight 1\)",
    ("orchestration/only_first_batch_trains", "orchestration"): r"2 updates where 10 updates are expected",
    ("orchestration/loss_over_k", "orchestration"): r"groups of two -?0\.\d+ against -?0\.\d+",
    ("orchestration/step_never_counted", "orchestration"): r"after epoch 3 0 against 8",
    ("zero_grad/zero_grad_missing", "zero_grad"): r"update 2 used batch 1 .* and batch 2 .*, where batch 2",
    ("zero_grad/biases_keep_gradients", "zero_grad"): r"bias gradient",
    ("zero_grad/groups_never_cleared", "zero_grad"): r"update 2 used batch 1 \(weight 0\.5\)",
    ("convergence/climbs_by_seed", "convergence"): r"Loss of each epoch: .*found against true value",
    ("convergence/gradient_noise", "convergence"): r"Loss of each epoch: yours",
    ("scheduling/denominator_one_less", "scheduling"): r"get_lr of each epoch: yours .*; expected",
    ("scheduling/counts_its_own_calls", "scheduling"): r"asked again .*; asked first",
    ("scheduling/schedule_per_update", "scheduling"): r"Learning rate of each update: yours",
    ("scheduling/default_rate_without_scheduler", "scheduling"): r"Learning rate of each update: yours",
    ("clipping/each_parameter_on_its_own", "clipping"): r"parameter 1 \S+ against",
    ("clipping/returns_clipped_norm", "clipping"): r"Returned norm.* \S+ against",
    ("clipping/sum_clipped_before_average", "clipping"): r"the limit is \d",
    ("modes/eval_forgets_train", "modes"): r"Running statistics after train_epoch.*mean 1 \S+ against",
    ("modes/eval_never_called", "modes"): r"Running statistics after evaluate",
    ("modes/evaluate_counts_steps", "modes"): r"trainer\.step 2 against 0",
    ("modes/evaluate_clears_gradients", "modes"): r"Norm of each gradient.*none against",
    ("modes/argmax_on_labels", "modes"): r"integers 7 of 11 \S+ against 0\.636",
    ("checkpointing/optimizer_state_missing", "checkpointing"): r"loaded, resumed .*; unbroken run",
    ("checkpointing/rate_reset_to_initial", "checkpointing"): r"optimizer\.lr .* 0\.1, 0\.1",
    ("checkpointing/step_not_saved", "checkpointing"): r"trainer\.step 0 against 4",
    ("checkpointing/history_not_saved", "checkpointing"): r"entry 1 none against",
    ("checkpointing/memory_snapshot", "checkpointing"): r"loaded against saved: no\. ",
    ("accumulation/group_summed", "accumulation"): r"batch 1 \(weight 1\) and batch 2 \(weight 1\), where",
    ("accumulation/accumulation_not_implemented", "accumulation"): r"8 updates where 3 updates",
    ("accumulation/short_group_never_applied", "accumulation"): r"2 updates where 4 updates",
    ("history/class_level_history", "history"): r"entry 5 \S+ against none",
    ("history/losses_rounded", "history"): r"recorded against returned: entry 1 0\.\d+ against 0\.\d+",
    ("history/next_rate_recorded", "history"): r"recorded against rate of the epoch",
}


@pytest.fixture
def drawn(judged: Callable) -> Callable[[str, str], Picture | None]:
    def draw(chaff: str, criterion: str) -> Picture | None:
        seen = judged(chaff, criterion)
        assert seen.verdict.outcome is Outcome.FAILED
        return picture(seen.verdict, seen.evidence, seen.truth)

    return draw


@pytest.mark.parametrize(("chaff", "criterion"), PICTURED)
def test_picture_is_small_and_its_words_name_the_numbers(drawn: Callable, chaff: str, criterion: str) -> None:
    found = drawn(chaff, criterion)
    assert found is not None
    assert complaints(found) == []
    assert re.search(PICTURED[chaff, criterion], found.alt)
    assert "\n" not in found.alt and found.alt.endswith(".") and len(found.alt) < 600


def test_every_criterion_has_a_picture() -> None:
    assert len({criterion for _, criterion in PICTURED}) == 9


def test_sketches_are_of_checks_that_there_are() -> None:
    checks = {name: {check.name for check in criterion.checks} for name, criterion in CRITERIA.items()}
    assert {name for name, sketchers in SKETCHERS.items() if not sketchers.keys() <= checks[name]} == set()


def test_same_evidence_gives_the_same_picture(drawn: Callable) -> None:
    chaff = ("zero_grad/zero_grad_missing", "zero_grad")
    assert drawn(*chaff) == drawn(*chaff)


def test_what_passed_or_was_not_judged_has_no_picture(judged: Callable) -> None:
    seen = judged("zero_grad/zero_grad_missing", "zero_grad")
    for outcome in (Outcome.PASSED, Outcome.NOT_JUDGED):
        assert picture(replace(seen.verdict, outcome=outcome), seen.evidence, seen.truth) is None


def test_no_evidence_and_another_criterion_have_no_picture(judged: Callable) -> None:
    seen = judged("zero_grad/zero_grad_missing", "zero_grad")
    assert picture(seen.verdict, None, seen.truth) is None
    assert picture(replace(seen.verdict, criterion="of an instructor"), seen.evidence, seen.truth) is None
    assert picture(replace(seen.verdict, findings=()), seen.evidence, seen.truth) is None


def test_evidence_that_shows_no_difference_has_no_picture(judged: Callable) -> None:
    seen = judged("zero_grad/zero_grad_missing", "zero_grad")
    assert picture(seen.verdict, seen.truth, seen.truth) is None


def test_part_in_which_an_error_was_raised_has_no_picture(judged: Callable) -> None:
    seen = judged("zero_grad/zero_grad_missing", "zero_grad")
    error = StudentError("ValueError", "no", "")
    parts = {name: replace(part, error=error) for name, part in seen.evidence.parts.items()}
    assert picture(seen.verdict, replace(seen.evidence, parts=parts), seen.truth) is None


def test_importing_pictures_imports_no_matplotlib(repository: Path) -> None:
    code = "import sys, graders.pictures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0


def test_picture_says_in_its_title_and_description_what_it_shows(drawn: Callable) -> None:
    found = drawn("convergence/climbs_by_seed", "convergence")
    root = read(found.svg)
    assert root.get("role") == "img"
    title, said = (root.find(f"*[@id='{name}']") for name in str(root.get("aria-labelledby")).split())
    assert title is not None and title.text == "Loss of each epoch; Parameters after the last epoch"
    assert said is not None and said.text == found.alt


def test_pictures_in_one_page_have_no_names_in_common(drawn: Callable) -> None:
    found = [drawn(*chaff) for chaff in PICTURED]
    svgs = {picture.svg for picture in found}
    assert len({key(svg) for svg in svgs}) == len(svgs) > len(PICTURED) / 2
    for svg in svgs:
        style = read(svg).findtext(f"{SVG}style") or ""
        selectors = re.findall(r"([^{}]+)\{", style.replace("@media (prefers-color-scheme:dark){", ""))
        assert all(re.fullmatch(rf"\.{key(svg)}(-[a-z-]+)?", selector) for selector in selectors)


def test_colours_of_light_and_of_dark_pages_are_told_apart_from_their_ground() -> None:
    for colours in (LIGHT, DARK):
        for text in ("text", "seen text", "expected text", "other text"):
            assert contrast(colours[text], colours["paper"]) > 4.5, (text, colours["paper"])
        for ground in ("used", "seen ground"):
            assert contrast(colours["text"], colours[ground]) > 4.5, (ground, colours["paper"])
        for mark in ("seen", "expected", "other"):
            assert contrast(colours[mark], colours["paper"]) > 3, (mark, colours["paper"])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    low, high = sorted(luminance(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_kind_of_mark_in_a_picture_has_a_rule(drawn: Callable) -> None:
    for chaff in PICTURED:
        root = read(drawn(*chaff).svg)
        style = root.findtext(f"{SVG}style") or ""
        classes = {name for element in root.iter() for name in (element.get("class") or "").split()}
        assert {name for name in classes if f".{name}{{" not in style} == set()


def test_map_frames_leftovers_and_says_what_frames_mean(drawn: Callable) -> None:
    svg = drawn("zero_grad/zero_grad_missing", "zero_grad").svg
    frames, sample = paths(svg, "strange")
    leftovers = 6 * 5 // 2 + 6 * 6  # of six batches: a triangle in the first epoch, all in the second
    assert frames.count("M") == leftovers and sample.count("M") == 1
    assert "left over from an earlier update" in texts(svg)


def test_map_outlines_missing_batches(drawn: Callable) -> None:
    svg = drawn("orchestration/same_batch_every_time", "orchestration").svg
    assert max(path.count("M") for path in paths(svg, "missing")) == 8
    assert {"missing", "not as expected", "a new epoch"} <= set(texts(svg))


def test_map_says_where_there_is_no_update(drawn: Callable) -> None:
    assert "no update" in texts(drawn("accumulation/accumulation_not_implemented", "accumulation").svg)


def test_wrong_pairs_are_marked_in_their_labels(drawn: Callable) -> None:
    said = texts(drawn("checkpointing/step_not_saved", "checkpointing").svg)
    assert "≠ trainer.step" in said and "trainer.epoch" in said


def test_lines_write_the_values_at_which_they_part(drawn: Callable) -> None:
    found = drawn("checkpointing/rate_reset_to_initial", "checkpointing")
    assert texts(found.svg).count("0.1") >= 2 and "2 saved" in texts(found.svg)


def paths(svg: str, kind: str) -> list[str]:
    """The paths of the shapes of a kind."""
    name = f"{key(svg)}-{kind}"
    return [
        element.get("d") or "" for element in read(svg).iter(f"{SVG}path") if element.get("class") == name
    ]


def test_a_picture_takes_less_processor_time_than_its_limit(drawn: Callable) -> None:
    chaff = ("modes/argmax_on_labels", "modes")
    drawn(*chaff)
    times = []
    for _ in range(5):
        begun = time.process_time()
        drawn(*chaff)
        times.append(time.process_time() - begun)
    assert min(times) < MAX_SECONDS
