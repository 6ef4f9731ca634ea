"""Checkpoint files: what is written is read again, wherever it lies, and a missing one changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graders.criteria.base import Deviation, Judgement, agree
from graders.criteria.histories import KEYS, alike, length, series, shown
from graders.criteria.showing import show_both
from graders.evidence import PartEvidence, Unusable, Value, describe
from graders.verdict import Failure


def same_file(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Parent folders are made; the newest state is in the file, and stays there while trainers go on."""
    if not _all_ones(seen.items("gradients")):
        return Failure("saving_changes_run", "gradients changed in save_checkpoint", "gradients as before")
    saved, first = seen.rows("saved_model")[0], seen.rows("loaded_model")[0]
    goes_on = seen.rows("after_model")[-1]
    for loaded in seen.rows("loaded_model"):
        if not agree(loaded, saved):
            shared = agree(loaded, goes_on) or agree(first, saved)
            cause = "saved_by_reference" if shared else "model_not_saved"
            got, expected = show_both(loaded, saved)
            return Failure(cause, f"after loading the model holds {got}", f"what was saved last: {expected}")
    kept = [series(one) for one in seen.items("loaded_histories")]
    history = series(seen.value("saved_history"))
    if len(kept) != 2:
        raise Unusable(f"{len(kept)} loaded histories were recorded instead of 2")
    for key in KEYS:
        if length(kept[0][key]) < length(history[key]):
            return Failure(
                "history_not_saved",
                f"history[{key!r}] after loading is {shown(kept[0][key])}",
                shown(history[key]),
            )
    if not all(alike(one, history) for one in kept):
        return Failure(
            "saved_by_reference",
            "a loaded history that grew with the trainer that saved it",
            "the history that was saved",
        )
    return _after_loading(seen) or _own_run(seen, truth)


def _after_loading(seen: PartEvidence) -> Failure | None:
    """What a loaded trainer still has of its constructor."""
    trainable = [pair for pair in seen.items("trainable") if pair in ([0.0, 0.0], [0.0, 1.0], [1.0, 1.0])]
    if len(trainable) != 2:
        raise Unusable("whether a frozen parameter stays frozen was not recorded")
    if [0.0, 1.0] in trainable:
        return Failure("settings_changed", "a frozen parameter, thawed by loading", "requires_grad as it was")
    if seen.observed.get("limit_after_loading", 3.0) != 3.0:
        return Failure("settings_changed", "another grad_clip_norm after loading", "that of the constructor")
    return None


def _own_run(seen: PartEvidence, truth: PartEvidence) -> Deviation | None:
    """Whether the run is the reference's; it cannot be where the constructor thaws a frozen parameter."""
    thawed = [1.0, 1.0] in seen.items("trainable")
    if thawed or agree(seen.rows("before_model"), truth.rows("before_model")):
        return None
    return Deviation("a file that keeps what was saved, but not the reference's run")


def _all_ones(noted: Sequence[Value]) -> bool:
    """Whether the gradients are there, once, and hold the ones that the test has put there."""
    (gradients,) = noted if len(noted) == 1 else (None,)
    return isinstance(gradients, list) and all(
        isinstance(gradient, np.ndarray) and bool(np.all(gradient == 1.0)) for gradient in gradients
    )


def missing_file(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """Loading a file that is not there raises an error and changes nothing."""
    raised = seen.items("raised")
    if not all(isinstance(name, str) for name in raised) or not raised:
        return Failure("missing_file_ignored", "no error", "an error, of any kind")
    if any(name == "NotImplementedError" for name in raised):
        return Failure(
            "unfinished", "load_checkpoint raises NotImplementedError", "an error because the file is missing"
        )
    if not agree(seen.numbers("folder_exists"), np.zeros(3)):
        return Failure(
            "missing_file_ignored", "load_checkpoint made the missing file's folder", "nothing is changed"
        )
    for name in ("model", "optimizer", "counters", "rate", "history"):
        before, *after = seen.items(name)
        if not isinstance(before, type(truth.items(name)[0])):
            raise Unusable(f"the {name} is {describe(before)}")
        same = alike if name == "history" else _equal
        if len(after) != 2 or not all(same(before, value) for value in after):
            return Failure(
                "missing_file_ignored",
                f"the {name} changed although the file is missing",
                "nothing is changed",
            )
    if not agree(seen.rows("model"), truth.rows("model")):
        return Deviation("a trainer that a missing file leaves alone, but not the reference's run")
    return None


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return not isinstance(one, np.ndarray) and not isinstance(other, np.ndarray) and one == other
