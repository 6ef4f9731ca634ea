"""Sketches of what the mode of the model shows in: running statistics, losses, accuracies, later training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from graders.evidence import PartEvidence, Unusable, Value
from graders.pictures.panels import Lines, Pairs, Sketch, Values
from graders.pictures.shapes import (
    counted,
    entries,
    most_different,
    number,
    numbers,
    one_to,
    plain,
    same_length,
    vectors,
)

LABELS_OF_ACCURACY = (
    *(f"{kind}\n{case}" for kind in ("integers", "floats", "one-hot") for case in ("7 of 11", "2 of 5")),
    *("two classes\nbelow 0", "two classes\nabove 0", "two classes,\none-hot", "one-hot,\nsquares"),
)
LABELS_OF_REGRESSION = tuple(
    f"{columns}{targets}"
    for columns in ("one column", "two columns")
    for targets in ("", ",\nall targets 1", ",\nshares")
)


def _statistics(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The running statistics around train_epoch, or after the evaluate before it if that moved them."""
    before, after = vectors(seen, "statistics", 2)
    true_before, true_after = vectors(truth, "statistics", 2)
    if before.shape != true_before.shape:
        raise Unusable("another number of statistics")
    count = len(before) // 2
    labels = (*counted("mean", count), *counted("var", len(before) - count))
    start = Pairs("Running statistics after evaluate", labels, plain(before), plain(true_before))
    if start.differs and not np.array_equal(before, after):
        return (start,)
    title = "Running statistics after train_epoch"
    return (Pairs(title, labels, plain(after), plain(true_after), plain(true_before)),)


def _losses(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The losses that evaluate returned."""
    got, expected = same_length(_evaluated(seen, 0), _evaluated(truth, 0))
    return (Pairs("Loss that evaluate returned", counted("call", len(got)), got, expected),)


def _accuracies(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The accuracy with each kind of label."""
    got, expected = same_length(_evaluated(seen, 1), _evaluated(truth, 1))
    return (Pairs("Accuracy that evaluate returned", _labels(LABELS_OF_ACCURACY, len(got)), got, expected),)


def _accuracies_of_regression(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The accuracy where there are no classes."""
    got, expected = same_length(_evaluated(seen, 1), _evaluated(truth, 1))
    labels = _labels(LABELS_OF_REGRESSION, len(got))
    return (Pairs("Accuracy that evaluate returned for a regression", labels, got, expected),)


def _labels(known: tuple[str, ...], count: int) -> tuple[str, ...]:
    """The names of the calls; their numbers where there are more or fewer than the names are for."""
    return known if len(known) == count else counted("call", count)


def _evaluated(part: PartEvidence, index: int) -> Values:
    return tuple(_of_pair(value, index) for value in part.items("evaluated"))


def _of_pair(value: Value, index: int) -> float | None:
    return number(value[index]) if isinstance(value, list) and len(value) == 2 else None


def _changes_nothing(seen: PartEvidence, truth: PartEvidence) -> Sketch | None:
    """The first state that an evaluation changed, before and after."""
    for name in STATES:
        states = [_state(value) for value in seen.items(name)]
        for before, after in pairwise(states):
            if len(before) == len(after) and before != after:
                return (_changed(name, before, after),)
    return None


STATES = {
    "model": "Parameters and running statistics",
    "rate": "Learning rate",
    "optimizer": "The optimizer's state",
    "gradients": "Norm of each gradient",
    "counters": "Counters",
}
"""In the order of the criterion; but the rate says more than the optimizer's state that holds it."""


LABELS_OF_STATES = {"counters": ("trainer.epoch", "trainer.step"), "rate": ("optimizer.lr",)}


def _state(value: Value) -> Values:
    """A state as numbers; an array in a list, which is the gradient of a parameter, counts by its norm."""
    if isinstance(value, np.ndarray):
        return plain(value)
    return tuple(_entry(item) for item in value) if isinstance(value, list) else (number(value),)


def _entry(item: Value) -> float | None:
    return float(np.sqrt(np.sum(item**2))) if isinstance(item, np.ndarray) else number(item)


def _changed(name: str, before: Values, after: Values) -> Pairs:
    names = ("after evaluate", "before")
    labels = LABELS_OF_STATES.get(name, ())
    if len(labels) == len(before):
        return Pairs(STATES[name], labels, after, before, names=names)
    return entries(STATES[name], after, before, names)


def _later_training(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The entry of the model that evaluations moved most, epoch by epoch, with and without them."""
    evaluated, alone = seen.rows("evaluated_model"), seen.rows("alone_model")
    if evaluated.shape != alone.shape or evaluated.ndim != 2:
        raise Unusable("models of different sizes")
    (entry,) = most_different(plain(evaluated[-1]), plain(alone[-1]), most=1) or [0]
    names = ("with evaluate", "without")
    title = f"Number {entry + 1} of the model, with and without evaluate in between"
    ticks = one_to(len(alone))[: len(numbers(truth, "alone_returned"))]
    with_it, without = plain(evaluated[: len(ticks), entry]), plain(alone[: len(ticks), entry])
    return (Lines(title, "epoch", ticks, with_it, without, names=names),)


SKETCHERS = {
    "training mode": _statistics,
    "training mode after evaluate": _statistics,
    "evaluation mode": _losses,
    "evaluate changes nothing": _changes_nothing,
    "later training": _later_training,
    "accuracy": _accuracies,
    "accuracy of a regression": _accuracies_of_regression,
}
