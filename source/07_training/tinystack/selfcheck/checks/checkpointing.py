"""A run that was saved and loaded into a new trainer goes on as the unbroken run does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import tinystack
from tinystack.lab import problems
from tinystack.lab.part import HISTORY
from tinystack.lab.recording import Recorder, flat, numbers
from tinystack.selfcheck.checks.footprints import Array, close
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer, read, show

BATCHES, EPOCHS_BEFORE, EPOCHS_AFTER = 3, 2, 2
RATES = np.array([0.05, 0.02, 0.06, 0.03, 0.01])

TOLERANCE = 1e-6
"""Both runs do the same operations on the same numbers; a file may hold them as text or as float32."""

LOOK = (
    "Trainer.save_checkpoint and Trainer.load_checkpoint: what is written, and whether all of it is put back"
)


def examine(trainer_class: Any) -> Finding:
    """Train two epochs and save; load into a new trainer; compare both now, and two epochs later."""
    with tempfile.TemporaryDirectory(prefix="tinystack-") as folder:
        path = Path(folder) / "runs" / "public.ckpt"
        old = _trainer(trainer_class, seed=11)
        for _ in range(EPOCHS_BEFORE):
            invoke(old, "train_epoch", _batches())
        invoke(old, "evaluate", _batches())
        new = _trainer(trainer_class, seed=12)
        return _missing(new, Path(folder) / "no such file") or _saved(old, path) or _resumed(old, new, path)


def _resumed(old: Any, new: Any, path: Path) -> Finding:
    invoke(new, "load_checkpoint", path)
    return _loaded(old, new) or _continued(old, new) or _passed(new)


def _trainer(trainer_class: Any, seed: int) -> Any:
    """A trainer whose model starts with numbers of its own, made by the same constructors for any seed."""
    model = tinystack.Sequential(tinystack.Linear(2, 3), tinystack.BatchNorm(3), tinystack.Linear(3, 1))
    problems.draw_parameters(model, np.random.default_rng(seed), scale=0.7)
    optimizer = tinystack.SGD(model.parameters(), lr=0.04, momentum=0.8)
    return make_trainer(
        trainer_class, model, optimizer, tinystack.MSELoss(), scheduler=problems.RateTable(RATES)
    )


def _batches() -> list[problems.Batch]:
    return problems.regression(tinystack, np.random.default_rng(13), BATCHES)[0].batches


def _model(trainer: Any) -> Array:
    return numbers(read(trainer, "model").state_dict())


def _optimizer(trainer: Any) -> Array:
    return numbers(read(trainer, "optimizer").state_dict())


def _counters(trainer: Any) -> list[str]:
    return [show(read(trainer, "epoch")), show(read(trainer, "step"))]


def _history(trainer: Any) -> list[list[Any]]:
    return [_entries(read(trainer, "history"), key) for key in HISTORY]


def _entries(history: Any, key: str) -> list[Any]:
    """Return a list of the history; an empty one where it does not exist, which is another check's matter."""
    try:
        return list(history[key])
    except (KeyError, TypeError):
        return []


def _missing(trainer: Any, path: Path) -> Finding | None:
    """A missing file raises an error, and changes nothing."""
    before = _model(trainer), _optimizer(trainer), _counters(trainer)
    try:
        invoke(trainer, "load_checkpoint", path)
    except FileNotFoundError:
        error = "an error"
    except NotImplementedError:
        raise
    except (Exception, SystemExit) as other:
        error = f"{type(other).__name__}"
    else:
        bug = "load_checkpoint() says nothing when the file does not exist"
        return Finding("loading a missing file raised no error", bug, "an error, of any type", LOOK)
    after = _model(trainer), _optimizer(trainer), _counters(trainer)
    if close(before[0], after[0], 0.0) and close(before[1], after[1], 0.0) and before[2] == after[2]:
        return None
    saw = f"loading a missing file raised {error}, but model, optimizer or counters were changed before"
    return Finding(saw, "load_checkpoint() of a missing file changes the trainer", "nothing is changed", LOOK)


def _saved(trainer: Any, path: Path) -> Finding | None:
    """Saving writes the file, in a folder that did not exist, and changes nothing."""
    before = _model(trainer), _optimizer(trainer), _counters(trainer)
    invoke(trainer, "save_checkpoint", str(path))
    if not path.exists():
        found = [str(p.relative_to(path.parents[1])) for p in path.parents[1].rglob("*")]
        saw = f"saved to {path.name}; the folder then held {', '.join(found) or 'nothing'}"
        bug = "save_checkpoint() does not write the file that it was given"
        return Finding(
            saw,
            bug,
            f"a file runs/{path.name}",
            "Trainer.save_checkpoint: under which name the file is written",
        )
    after = _model(trainer), _optimizer(trainer), _counters(trainer)
    if close(before[0], after[0], 0.0) and close(before[1], after[1], 0.0) and before[2] == after[2]:
        return None
    bug = "save_checkpoint() changes the trainer"
    return Finding(
        "model, optimizer or counters were changed by saving", bug, "no change", "Trainer.save_checkpoint"
    )


def _loaded(old: Any, new: Any) -> Finding | None:
    """What the new trainer has right after loading."""
    weights, loaded_weights = (flat(read(trainer, "model").parameters()) for trainer in (old, new))
    if not close(weights, loaded_weights, TOLERANCE):
        return _lost("the parameters of the model are not restored", weights, loaded_weights)
    if not close(_model(old), _model(new), TOLERANCE):
        return _lost("the running statistics of BatchNorm are not restored", _model(old), _model(new))
    if not _same_counters(old, new):
        saw = f"epoch and step were {', '.join(_counters(new))} after loading"
        return Finding(saw, "epoch or step is not restored", ", ".join(_counters(old)), LOOK)
    for key, entries, loaded in zip(HISTORY, _history(old), _history(new), strict=True):
        if not _same_entries(entries, loaded):
            saw = f"history[{key!r}] had {len(loaded)} entries after loading: {show(loaded)}"
            return Finding(
                saw, "the history is not restored", f"{len(entries)} entries: {show(entries)}", LOOK
            )
    return None


def _same_counters(old: Any, new: Any) -> bool:
    """Whether epoch and step are equal, as numbers of whatever type."""
    return all(bool(np.all(read(old, name) == read(new, name))) for name in ("epoch", "step"))


def _same_entries(old: list[Any], new: list[Any]) -> bool:
    """Whether two lists agree; entries that are no numbers are another check's matter, and only counted."""
    try:
        return close([float(entry) for entry in old], [float(entry) for entry in new], TOLERANCE)
    except (TypeError, ValueError):
        return len(old) == len(new)


def _lost(bug: str, old: Array, new: Array) -> Finding:
    if old.shape != new.shape:
        return Finding(f"{new.size} numbers after loading", bug, f"{old.size} numbers", LOOK)
    off = ~(np.abs(old - new) <= TOLERANCE)
    saw = (
        f"{int(off.sum())} of {off.size} numbers differ after loading, by up to {np.abs(old - new).max():.3g}"
    )
    return Finding(saw, bug, "the same numbers as in the saved run", LOOK)


def _continued(old: Any, new: Any) -> Finding | None:
    """What both trainers do from here on."""
    lost = not close(_optimizer(old), _optimizer(new), TOLERANCE)
    (rates, ends), (new_rates, new_ends) = _go_on(old), _go_on(new)
    if not close(rates, new_rates, TOLERANCE):
        bug = "the schedule does not go on where it was"
        return Finding(
            f"rates {_few(new_rates)} after loading", bug, f"{_few(rates)}, as in the unbroken run", LOOK
        )
    if close(ends, new_ends, TOLERANCE):
        return None
    bug = (
        "the optimizer's state (momentum) is not restored"
        if lost
        else "the loaded run goes another way than the unbroken one"
    )
    saw = (
        f"{EPOCHS_AFTER} epochs after loading, parameters differ by up to {np.abs(ends - new_ends).max():.3g}"
    )
    return Finding(saw, bug, "the same parameters as in the unbroken run", LOOK)


def _go_on(trainer: Any) -> tuple[Array, Array]:
    """Train on; return the rate of every update, and the parameters in the end.

    Gradients and mode are put right first: a missing zero_grad() or train() is no fault of the checkpoint.
    """
    for parameter in read(trainer, "model").train().parameters():
        parameter.grad = None
    recorder = Recorder(read(trainer, "optimizer"))
    for _ in range(EPOCHS_AFTER):
        invoke(trainer, "train_epoch", _batches())
    return np.array([row[3] for row in recorder.rows]), flat(read(trainer, "model").parameters())


def _few(rates: Array) -> str:
    return ", ".join(f"{rate:.3g}" for rate in dict.fromkeys(rates.tolist())) or "none"


def _passed(new: Any) -> Finding:
    end = show(read(new, "epoch"))
    saw = f"saved after epoch {EPOCHS_BEFORE}, loaded, trained to epoch {end}: like the unbroken run"
    return Finding(saw)
