"""Sketches of which update used which batch, and of what an epoch returned and counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from graders.criteria.footprints import TRACE, usage
from graders.evidence import PartEvidence
from graders.pictures.panels import Map, Pairs, Sketch, Usage, Values
from graders.pictures.shapes import counted, ends_of_epochs, numbers, plain, same_length, vectors

Sketcher = Callable[[PartEvidence, PartEvidence], Sketch | None]


def usage_map(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """Sketch the usage of batches; the bias has a line of its own where it does not follow from them."""
    used, expected = usage(seen, truth), usage(truth, truth)
    sketch = Map(Usage(used.weights, ends_of_epochs(seen)), Usage(expected.weights, ends_of_epochs(truth)))
    if not np.any(np.abs(used.leftover_bias) > TRACE):
        return sketch
    return Map(replace(sketch.seen, bias=used.bias), replace(sketch.expected, bias=expected.bias))


def _loss(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """What train_epoch returned at a rate of 0, and with accumulation."""
    pairs = [
        same_length(numbers(seen, name), numbers(truth, name)) for name in ("returned", "grouped_returned")
    ]
    got: Values = (*pairs[0][0], *pairs[1][0])
    expected: Values = (*pairs[0][1], *pairs[1][1])
    labels = (*counted("epoch", len(pairs[0][0])), *["groups\nof two"] * len(pairs[1][0]))
    return (Pairs("Loss that train_epoch returned", labels, got, expected),)


def _counters(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """`epoch` and `step` after each of three epochs; `step` has to count the updates that there were."""
    return (_counter(seen, truth, "epoch", "epoch"), _counter(seen, seen, "step", "updates"))


def _counter(seen: PartEvidence, truth: PartEvidence, counter: str, counts: str) -> Pairs:
    got, expected = same_length(numbers(seen, counter), numbers(truth, counts))
    return Pairs(f"trainer.{counter}", counted("after epoch\n", len(got)), got, expected)


def _one_large_batch(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The parameters after the update from two batches of which one batch would be twice as large."""
    (got,), (expected,) = vectors(seen, "parameters", 1), vectors(truth, "parameters", 1)
    seen_values, expected_values = same_length(plain(got), plain(expected))
    labels = (*counted("weight", len(seen_values) - 1), "bias")
    return (Pairs("Parameters after the update from two batches", labels, seen_values, expected_values),)


ORCHESTRATION: dict[str, Sketcher] = {"batches": usage_map, "loss": _loss, "counters": _counters}

ZERO_GRAD: dict[str, Sketcher] = {
    "within an epoch": usage_map,
    "across epochs": usage_map,
    "across groups": usage_map,
    "after a short group": usage_map,
}

ACCUMULATION: dict[str, Sketcher] = {
    "groups of two": usage_map,
    "groups of three": usage_map,
    "one large batch": _one_large_batch,
    "short group": usage_map,
}
