"""Checkpointing: a run that is saved and loaded goes on as the unbroken run would.

Judged against the same trainer's unbroken run, so that other mistakes in training do not cost points here.
"""

from __future__ import annotations

import numpy as np

from graders.criteria.base import Check, Criterion, Deviation, Judge, Judgement, agree
from graders.criteria.checkpoint_files import missing_file, same_file
from graders.criteria.histories import KEYS, alike, length, series, shown
from graders.criteria.showing import show, show_both
from graders.evidence import Array, PartEvidence, Unusable, Value, describe
from graders.verdict import Cause, Failure

CAUSES = {
    "optimizer_not_saved": Cause(
        "the optimizer's momentum, moments or step count are lost",
        "save_checkpoint and load_checkpoint: optimizer.state_dict() and load_state_dict()",
    ),
    "model_not_saved": Cause(
        "the parameters are not restored",
        "save_checkpoint and load_checkpoint: model.state_dict() and load_state_dict()",
    ),
    "statistics_not_saved": Cause(
        "the running statistics of BatchNorm are lost",
        "save_checkpoint: model.state_dict() holds more than the parameters",
    ),
    "saved_by_reference": Cause(
        "what was saved is shared with the running model, and changes with it",
        "save_checkpoint: write values to the file, keep no arrays",
    ),
    "counters_not_saved": Cause(
        "epoch or step are wrong after loading",
        "load_checkpoint: self.epoch and self.step",
    ),
    "history_not_saved": Cause(
        "the history is lost or wrong after loading",
        "save_checkpoint and load_checkpoint: self.history",
    ),
    "rate_not_saved": Cause(
        "the learning rate is not restored",
        "load_checkpoint: optimizer.lr",
    ),
    "schedule_position_lost": Cause(
        "the schedule restarts or is shifted after loading",
        "load_checkpoint: the epoch that get_lr is asked for",
    ),
    "folder_not_made": Cause(
        "save_checkpoint fails where the folder does not exist, or writes another file",
        "save_checkpoint: make the parent folders; write the very path that was given",
    ),
    "missing_file_ignored": Cause(
        "loading a missing file raises no error, or changes something",
        "load_checkpoint: read the file before anything is changed, let the error through",
    ),
    "settings_changed": Cause(
        "loading changes what the constructor has set: a limit, or which parameters are frozen",
        "load_checkpoint: restore parameters, state, counters and history, and nothing else",
    ),
    "saving_changes_run": Cause(
        "saving changes the run",
        "save_checkpoint: read only",
    ),
}


def _goes_on(missing: str) -> Judge:
    """Make the judge of one resumed run.

    missing: the likely cause where nothing else differs after loading.
    """

    def judge(seen: PartEvidence, truth: PartEvidence) -> Judgement:
        return _saving(seen) or _resuming(seen, truth, missing) or _own_run(seen, truth)

    return judge


def _saving(seen: PartEvidence) -> Failure | None:
    for what in ("model", "optimizer"):
        before, after = _twice(seen, f"saved_{what}")
        if not np.array_equal(before, after):  # type: ignore[arg-type]
            return Failure(
                "saving_changes_run", f"the {what} changed in save_checkpoint", f"the {what} as before"
            )
    if not alike(series(seen.value("saved_history")), series(seen.value("history_after_saving"))):
        return Failure(
            "saving_changes_run", "the history changed in save_checkpoint", "the history as before"
        )
    return None


def _twice(seen: PartEvidence, name: str) -> tuple[Value, Value]:
    values = seen.items(name)
    if len(values) != 2:
        raise Unusable(f"{name!r} was recorded {len(values)} times instead of twice")
    if not all(isinstance(value, np.ndarray) for value in values):
        raise Unusable(f"{name!r} holds {describe(values[0])} instead of numbers")
    return values[0], values[1]


def _resuming(seen: PartEvidence, truth: PartEvidence, missing: str) -> Failure | None:
    if not agree(seen.rows("start_model"), truth.rows("start_model")):
        raise Unusable("the run did not begin with the model of the test")
    unbroken, resumed = seen.rows("unbroken_model"), seen.rows("resumed_model")
    loaded = _loaded_model(seen, unbroken)
    if loaded:
        return loaded
    if agree(resumed, unbroken[-len(resumed) :]) and len(resumed) == 2:
        return None
    epoch = len(unbroken) - len(resumed)
    got, expected = show_both(resumed[0], unbroken[epoch])
    seen_text = f"the resumed run differs from epoch {epoch} on: parameters {got}"
    return Failure(_cause(seen, missing), seen_text, f"those of the unbroken run: {expected}")


def _loaded_model(seen: PartEvidence, unbroken: Array) -> Failure | None:
    """The model right after loading is the one that was saved."""
    loaded, saved = seen.rows("loaded_model")[0], seen.rows("saved_model")[0]
    if agree(loaded, saved):
        return None
    cause = "saved_by_reference" if agree(loaded, unbroken[-1]) else "model_not_saved"
    if cause == "model_not_saved" and np.any(loaded == saved):
        cause = "statistics_not_saved"
    got, expected = show_both(loaded, saved)
    return Failure(cause, f"after loading the model holds {got}", f"what was saved: {expected}")


def _cause(seen: PartEvidence, missing: str) -> str:
    rates, unbroken = seen.numbers("resumed_rate"), seen.numbers("unbroken_rate")
    if not agree(rates, unbroken[-len(rates) :]):
        scheduled = len(set(unbroken.tolist())) > 2
        return "schedule_position_lost" if scheduled else "rate_not_saved"
    return missing


def _own_run(seen: PartEvidence, truth: PartEvidence) -> Deviation | None:
    if agree(seen.rows("unbroken_model"), truth.rows("unbroken_model")):
        return None
    return Deviation("the run resumes as it would have gone on, but it is not the reference's run")


def _counters(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """`epoch` and `step` are those of the saved trainer."""
    loaded, saved = seen.items("loaded_counters"), seen.items("saved_counters")
    if loaded[0] != saved[0]:
        return Failure(
            "counters_not_saved", f"epoch and step after loading: {_pair(loaded[0])}", _pair(saved[0])
        )
    if saved[0] != saved[1]:
        return Failure(
            "saving_changes_run", f"epoch and step after saving: {_pair(saved[1])}", _pair(saved[0])
        )
    for name in ("epoch", "step"):
        unbroken, resumed = seen.numbers(f"unbroken_{name}"), seen.numbers(f"resumed_{name}")
        if not agree(resumed, unbroken[2:]):
            what = f"{name} after the resumed epochs: {show(resumed)}"
            return Failure("counters_not_saved", what, f"as in the unbroken run: {show(unbroken[2:])}")
    if saved[0] != truth.items("saved_counters")[0]:
        return Deviation(
            f"epoch and step {_pair(saved[0])} after two epochs", _pair(truth.items("saved_counters")[0])
        )
    return None


def _pair(value: Value) -> str:
    items = value if isinstance(value, list) else [value]
    return " and ".join(f"{item:g}" if isinstance(item, float) else describe(item) for item in items)


def _history(seen: PartEvidence, truth: PartEvidence) -> Judgement:
    """The history is that of the saved trainer."""
    loaded, saved = series(seen.value("loaded_history")), series(seen.value("saved_history"))
    if not alike(loaded, saved):
        key = next(key for key in KEYS if not alike(loaded[key], saved[key]))
        return Failure(
            "history_not_saved",
            f"history[{key!r}] after loading is {shown(loaded[key])}",
            shown(saved[key]),
        )
    resumed, unbroken = series(seen.value("resumed_history")), series(seen.value("unbroken_history"))
    for key in KEYS:
        if length(resumed[key]) != length(unbroken[key]):
            return Failure(
                "history_not_saved",
                f"history[{key!r}] has {length(resumed[key])} entries after the resumed epochs",
                f"{length(unbroken[key])}, as in the unbroken run",
            )
    if not alike(saved, series(truth.value("saved_history"))):
        return Deviation("a history that survives, but is not the reference's")
    return None


CRITERION = Criterion(
    name="checkpointing",
    title="Checkpointing",
    priority="P2 - MEDIUM",
    rule="A run saved after any epoch and loaded into a new trainer goes on as the unbroken run would.",
    causes=CAUSES,
    checks=(
        Check("momentum", "momentum", 2, _goes_on("optimizer_not_saved")),
        Check("moments and step count", "adamw", 2, _goes_on("optimizer_not_saved")),
        Check("running statistics", "batch_norm", 1, _goes_on("statistics_not_saved")),
        Check("schedule position", "schedule", 1, _goes_on("schedule_position_lost")),
        Check("epoch and step", "momentum", 1, _counters),
        Check("history", "schedule", 1, _history),
        Check("the file", "same_file", 1, same_file),
        Check("missing file", "missing_file", 1, missing_file),
    ),
    unexplained="optimizer_not_saved",
    telltales={
        r"FileNotFoundError: .*\(line": "folder_not_made",
        r"has no attribute 'parent'": "folder_not_made",
    },
)
