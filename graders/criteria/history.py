"""History tracking: what was returned, and the rates that were used, one entry per epoch or evaluation.

The history is compared with what the same trainer returned, so that a wrong loss does not cost points twice.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from graders.criteria.base import Check, Criterion, Deviation, Judgement, agree
from graders.criteria.histories import KEYS, alike, length, shown
from graders.criteria.histories import series as kept
from graders.criteria.showing import show_both
from graders.evidence import Array, PartEvidence, Unusable, Value, describe
from graders.verdict import Cause, Failure

CAUSES = {
    "train_loss_missing": Cause(
        "train_loss is not recorded, or under another name",
        "train_epoch: self.history['train_loss']",
    ),
    "train_loss_wrong": Cause(
        "train_loss is not what train_epoch returned",
        "train_epoch: what is appended, and what is returned",
    ),
    "eval_loss_missing": Cause(
        "eval_loss is not recorded, or under another name",
        "evaluate: self.history['eval_loss']",
    ),
    "eval_loss_wrong": Cause(
        "eval_loss is not what evaluate returned",
        "evaluate: what is appended, and what is returned",
    ),
    "rates_missing": Cause(
        "learning_rates is not recorded, or under another name",
        "train_epoch: self.history['learning_rates']",
    ),
    "rates_wrong": Cause(
        "learning_rates is not the rate that the epoch trained at",
        "train_epoch: append the rate when it is set, before the first update",
    ),
    "wrong_count": Cause(
        "there is not one entry per epoch or evaluation",
        "where the entry is appended: once per call, outside the loop over batches",
    ),
    "not_floats": Cause(
        "entries are no plain numbers",
        "what is appended: float(...) or .item() of the loss",
    ),
    "shared": Cause(
        "two trainers share one history",
        "__init__: a new dict and new lists for each trainer, none on the class",
    ),
    "lost_by_loading": Cause(
        "a checkpoint keeps train_loss, and not eval_loss",
        "save_checkpoint and load_checkpoint: all of self.history",
    ),
    "reset": Cause(
        "earlier entries are lost",
        "train_epoch: the history lives as long as the trainer",
    ),
}


def _train_loss(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """One float per train_epoch, equal to what it returned, in a history of the trainer's own."""
    for prefix in ("", "other_"):
        series = _series(seen, f"{prefix}history", "train_loss", "train_loss_missing")
        if isinstance(series, Failure):
            return series
        returned = _returned(seen, truth, f"{prefix}returned")
        wrong = _compare(series, returned, "train_loss", _is_shared(seen))
        if wrong:
            return wrong
    return _deviation(seen, truth, "returned")


def _returned(seen: PartEvidence, truth: PartEvidence, name: str) -> Array:
    """What train_epoch returned; the truth where it returned no numbers.

    That it returned none is the business of orchestration.
    """
    try:
        return seen.numbers(name)
    except Unusable:
        return truth.numbers(name)


def _series(seen: PartEvidence, history: str, key: str, cause: str) -> Array | Failure:
    value = seen.value(history)
    if not isinstance(value, dict):
        return Failure(cause, f"history is {describe(value)}", "a dict of lists")
    if key not in value:
        return Failure(cause, f"history has the entries {sorted(value)}", f"an entry {key!r}")
    entries = value[key]
    if isinstance(entries, np.ndarray) and entries.ndim == 1:
        entries = list(map(float, entries))
    if not isinstance(entries, list) or not all(isinstance(entry, float) for entry in entries):
        return Failure("not_floats", f"history[{key!r}] is {_entries(entries)}", "a list of floats")
    return np.array(entries, dtype=np.float64)


def _entries(value: Value) -> str:
    return f"a list with {describe(value[0])}" if isinstance(value, list) and value else describe(value)


def _is_shared(seen: PartEvidence) -> bool:
    """Whether a history held something before its trainer did anything."""
    noted = seen.observed.get("fresh")
    fresh = [history for history in noted if isinstance(history, dict)] if isinstance(noted, list) else []
    return any(length(history.get(key)) for history in fresh for key in KEYS)


EPOCHS_WITH_EVALUATIONS = 3
"""In the part eval_loss: evaluations come before, between and after them."""


def _compare(series: Array, expected: Array, key: str, shared: bool) -> Failure | None:
    """Compare a series with what was returned. shared: whether the trainer did not begin with it empty."""
    if agree(series, expected):
        return None
    held, returned = show_both(series, expected)
    seen, wanted = f"history[{key!r}] is [{held}]", f"[{returned}], as returned"
    if shared:
        return Failure("shared", seen, wanted)
    if len(series) < len(expected):
        lost = len(series) == 0 or not agree(series, expected[: len(series)])
        return Failure("reset" if len(series) and lost else "wrong_count", seen, wanted)
    return Failure("wrong_count" if len(series) > len(expected) else f"{key}_wrong", seen, wanted)


def _eval_loss(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """One float per evaluate, equal to the loss that it returned."""
    series = _series(seen, "history", "eval_loss", "eval_loss_missing")
    if isinstance(series, Failure):
        return series
    wrong = _compare(series, _losses(seen), "eval_loss", _is_shared(seen))
    if wrong:
        return wrong
    training = _series(seen, "history", "train_loss", "train_loss_missing")
    if not isinstance(training, Failure) and len(training) > EPOCHS_WITH_EVALUATIONS:
        what = f"{len(training)} entries of train_loss after {EPOCHS_WITH_EVALUATIONS} epochs"
        return Failure("wrong_count", what, "one for each epoch")
    lost = _lost_by_loading(seen)
    if lost:
        return lost
    if not agree(_losses(seen), _losses(truth)):
        return Deviation("a history of what evaluate returned, which is not what the reference returns")
    return None


def _lost_by_loading(seen: PartEvidence) -> Failure | None:
    """What a checkpoint keeps of these losses. That there is one, with a history, is of another point."""
    noted = seen.items("loaded_history") if "loaded_history" in seen.observed else []
    saved, loaded = kept(seen.value("history")), [kept(history) for history in noted]
    if not loaded or not alike(loaded[0]["train_loss"], saved["train_loss"]):
        return None
    if not alike(loaded[0]["eval_loss"], saved["eval_loss"]):
        what = f"history['eval_loss'] after loading is {shown(loaded[0]['eval_loss'])}"
        return Failure("lost_by_loading", what, shown(saved["eval_loss"]))
    if len(loaded) == 2 and length(loaded[1]["eval_loss"]) <= length(saved["eval_loss"]):
        return Failure("lost_by_loading", "evaluate adds no entry after loading", "one for each evaluate")
    return None


def _losses(part: PartEvidence) -> Array:
    pairs = part.items("evaluated")
    if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], float) for pair in pairs):
        raise Unusable("evaluate returned no pair (loss, accuracy)")
    return np.array([pair[0] for pair in pairs])  # type: ignore[index]


def _learning_rates(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """One rate per epoch, the one that the epoch trained at."""
    series = _series(seen, "history", "learning_rates", "rates_missing")
    if isinstance(series, Failure):
        return series
    intended, used = truth.array("table")[[0, 1, 2, 2]], _rates_used(seen)
    if agree(series, intended) and agree(used, intended):
        return None
    if agree(series, intended) or agree(series, used):
        return Deviation("a record of rates that the epochs should have trained at, or did")
    if _is_shared(seen):
        cause = "shared"
    elif len(series) != len(intended):
        cause = "wrong_count" if len(series) else "rates_missing"
    else:
        cause = "rates_wrong"
    held, wanted = show_both(series, intended)
    return Failure(cause, f"history['learning_rates'] is [{held}]", f"[{wanted}]")


def _rates_used(seen: PartEvidence) -> Array:
    """The rate of the first update of each epoch."""
    rates, ends = seen.array("rates"), [0, *map(int, seen.numbers("updates"))]
    firsts = [start for start, end in pairwise(ends) if start < end <= len(rates)]
    return rates[firsts] if len(rates) else rates


def _deviation(seen: PartEvidence, truth: PartEvidence, name: str) -> Deviation | None:
    if name in seen.observed and agree(_returned(seen, truth, name), truth.numbers(name)):
        return None
    return Deviation("a history of what was returned, which is not what the reference returns")


CRITERION = Criterion(
    name="history",
    title="History tracking",
    priority="P2 - MEDIUM",
    rule=(
        "train_loss, eval_loss and learning_rates gain one finite float per epoch or evaluation, "
        "equal to what was returned."
    ),
    causes=CAUSES,
    checks=(
        Check("train_loss", "train_loss", 2, _train_loss),
        Check("eval_loss", "eval_loss", 1, _eval_loss),
        Check("learning_rates", "learning_rates", 2, _learning_rates),
    ),
    unexplained="train_loss_wrong",
)
