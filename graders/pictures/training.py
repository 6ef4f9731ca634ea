"""Sketches of a training run: the loss of each epoch, and the parameters that were found."""

from __future__ import annotations

from graders.evidence import PartEvidence
from graders.pictures.panels import Lines, Pairs, Sketch
from graders.pictures.shapes import counted, numbers, one_to, plain, same_length


def _regression(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The loss, and the last parameters beside those that the data were made with."""
    true = truth.array("true_parameters")
    labels = (*counted("weight", len(true) - 1), "bias")
    found, expected = same_length(plain(seen.rows("parameters")[-1]), plain(true))
    names = ("found", "true value")
    pairs = Pairs("Parameters after the last epoch", labels[: len(found)], found, expected, names=names)
    return (_loss(seen, truth), pairs)


def _classification(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    return (_loss(seen, truth),)


def _loss(seen: PartEvidence, truth: PartEvidence) -> Lines:
    got, expected = same_length(numbers(seen, "returned"), numbers(truth, "returned"))
    return Lines("Loss of each epoch", "epoch", one_to(len(got)), got, expected)


SKETCHERS = {
    "regression with SGD": _regression,
    "regression with momentum": _regression,
    "classification with AdamW": _classification,
}
