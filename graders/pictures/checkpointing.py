"""Sketches of resumed runs: beside the unbroken run, and beside what was saved."""

from __future__ import annotations

import numpy as np

from graders.evidence import Array, PartEvidence, Unusable, Value
from graders.pictures.panels import Lines, Pairs, Sketch, Values
from graders.pictures.shapes import (
    MOST_SHOWN,
    counted,
    entries,
    most_different,
    number,
    one_to,
    plain,
    same_length,
    vectors,
)

EPOCHS, SAVED_AFTER = 4, 2
"""The experiment saves after two of four epochs, and resumes there."""


def _resumed(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """Saving that changes the run, or else the entry of the model in which the resumed run differs most."""
    for what in ("model", "optimizer"):
        before, after = vectors(seen, f"saved_{what}", 2)
        if not np.array_equal(before, after):
            return (
                entries(
                    f"The {what} around save_checkpoint", plain(after), plain(before), ("after", "before")
                ),
            )
    unbroken = vectors(seen, "unbroken_model", EPOCHS)
    (loaded,), resumed = (
        vectors(seen, "loaded_model", 1),
        vectors(seen, "resumed_model", EPOCHS - SAVED_AFTER),
    )
    kept = [*unbroken[: SAVED_AFTER - 1], seen.rows("saved_model")[0], *unbroken[SAVED_AFTER:]]
    entry = _most_different_entry([loaded, *resumed], kept[SAVED_AFTER - 1 :])
    got: Values = (*[None] * (SAVED_AFTER - 1), *(float(row[entry]) for row in (loaded, *resumed)))
    ticks = tuple(f"{tick}{' saved' if tick == str(SAVED_AFTER) else ''}" for tick in one_to(EPOCHS))
    names = ("loaded, resumed", "unbroken run")
    line = Lines(
        f"Number {entry + 1} of the model",
        "epoch",
        ticks,
        got,
        tuple(float(row[entry]) for row in kept),
        names=names,
    )
    return (line, *_rates(seen, ticks, names))


def _rates(seen: PartEvidence, ticks: tuple[str, ...], names: tuple[str, str]) -> tuple[Lines, ...]:
    """The rates after each epoch, where these differ."""
    unbroken = _numbers(seen.items("unbroken_rate"), EPOCHS)
    saved, loaded = seen.items("saved_rate"), seen.items("loaded_rate")
    expected: Values = (unbroken[0], number(saved[0]), *unbroken[SAVED_AFTER:])
    got: Values = (None, number(loaded[0]), *_numbers(seen.items("resumed_rate"), EPOCHS - SAVED_AFTER))
    line = Lines("optimizer.lr after each epoch", "epoch", ticks, got, expected, names=names)
    return (line,) if line.differs else ()


def _numbers(items: Array | list[Value] | object, count: int) -> Values:
    if not isinstance(items, list) or len(items) != count:
        raise Unusable(f"no list of {count}")
    return tuple(number(item) for item in items)


def _most_different_entry(seen: list[Array], expected: list[Array]) -> int:
    """The entry with the largest difference at any time."""
    count = len(seen[0])
    chosen = most_different(plain(np.concatenate(seen)), plain(np.concatenate(expected)), most=1)
    return chosen[0] % count if chosen else 0


def _counters(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """`epoch` and `step` after loading, beside those that were saved."""
    got, expected = (_numbers(seen.items(name)[0], 2) for name in ("loaded_counters", "saved_counters"))
    return (Pairs("Counters", ("trainer.epoch", "trainer.step"), got, expected, names=("loaded", "saved")),)


def _history(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The lists of the history after loading, beside those that were saved."""
    panels = []
    for key in ("train_loss", "eval_loss", "learning_rates"):
        got, expected = same_length(_series(seen, "loaded_history", key), _series(seen, "saved_history", key))
        names = ("loaded", "saved")
        panels.append(Pairs(f"history[{key!r}]", counted("entry", len(got)), got, expected, names=names))
    return tuple(panel for panel in panels if panel.differs)[:2]


def _series(part: PartEvidence, history: str, key: str) -> Values:
    value = part.value(history)
    entries = value.get(key) if isinstance(value, dict) else None
    return tuple(number(entry) for entry in entries[: 2 * MOST_SHOWN]) if isinstance(entries, list) else ()


def _same_file(seen: PartEvidence, truth: PartEvidence) -> Sketch | None:
    """What was loaded while the saved trainer went on, beside what was saved."""
    saved = seen.rows("saved_model")[0]
    for loaded in seen.rows("loaded_model"):
        panel = entries("The model after loading", plain(loaded), plain(saved), ("loaded", "saved"))
        if panel.differs:
            return (panel,)
    return None


SKETCHERS = {
    "momentum": _resumed,
    "moments and step count": _resumed,
    "running statistics": _resumed,
    "schedule position": _resumed,
    "epoch and step": _counters,
    "history": _history,
    "the file": _same_file,
}
