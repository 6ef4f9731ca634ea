"""Sketches of the history beside what it should record: one entry per epoch or evaluation."""

from __future__ import annotations

import numpy as np

from graders.evidence import PartEvidence, Unusable, describe
from graders.pictures.panels import Pairs, Sketch, Values
from graders.pictures.shapes import MOST_SHOWN, counted, number, numbers, plain, same_length


def _train_loss(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The losses of two trainers; one panel for each whose history is wrong."""
    panels = [
        _recorded(seen, f"{who}history", "train_loss", _returned(seen, truth, f"{who}returned"))
        for who in ("", "other_")
    ]
    return tuple(panel for panel in panels if panel.differs)


def _returned(seen: PartEvidence, truth: PartEvidence, name: str) -> Values:
    """What train_epoch returned; the truth where it returned something else than numbers."""
    got = numbers(seen, name)
    return numbers(truth, name) if None in got else got


def _eval_loss(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The losses that evaluate returned."""
    pairs = seen.items("evaluated")
    returned = tuple(number(pair[0]) if isinstance(pair, list) and pair else None for pair in pairs)
    return (_recorded(seen, "history", "eval_loss", returned),)


def _learning_rates(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The rates of the scheduler."""
    epochs = len(truth.items("returned"))
    rates = plain(truth.array("table"))[:epochs]
    return (_recorded(seen, "history", "learning_rates", rates, "rate of the epoch"),)


def _recorded(part: PartEvidence, history: str, key: str, expected: Values, name: str = "returned") -> Pairs:
    got, expected = same_length(_series(part, history, key), expected)
    title = f"{'other ' if history.startswith('other') else ''}trainer.history[{key!r}]"
    return Pairs(title, counted("entry", len(got)), got, expected, names=("recorded", name))


def _series(part: PartEvidence, history: str, key: str) -> Values:
    """A list of the history; empty where there is none. Raises Unusable if it holds no numbers."""
    value = part.value(history)
    entries = value.get(key, []) if isinstance(value, dict) else value
    if isinstance(entries, np.ndarray):
        return plain(entries[: 2 * MOST_SHOWN])
    if not isinstance(entries, list) or not all(isinstance(entry, float) for entry in entries):
        raise Unusable(f"history[{key!r}] is {describe(entries)}")
    return tuple(number(entry) for entry in entries[: 2 * MOST_SHOWN])


SKETCHERS = {"train_loss": _train_loss, "eval_loss": _eval_loss, "learning_rates": _learning_rates}
