"""Sketches of learning rates: the formula's, and those that each update really used."""

from __future__ import annotations

from graders.criteria.scheduling import rates_by_epoch
from graders.evidence import Array, PartEvidence, Unusable
from graders.pictures.panels import Lines, Sketch, Values
from graders.pictures.shapes import numbers, one_to, plain, same_length

MOST_UPDATES = 40
"""Updates in a picture; the experiments have at most twelve."""


def _formula(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The schedule as it was asked for, and beside it what else is wrong with it."""
    candidates = [
        _asked_again(seen, truth),
        _few(seen, truth, "one_epoch", "get_lr of a schedule of one epoch", ("0", "1", "2")),
        _few(seen, truth, "defaults", "get_lr with the defaults", ("0", "30", "50", "99", "100", "150")),
    ]
    panels = [panel for panel in (_schedule(seen, truth), *candidates) if panel.differs]
    return tuple(panels[:2])


def _schedule(seen: PartEvidence, truth: PartEvidence) -> Lines:
    """The rates by epoch. Epochs were asked in no order, but the true rates fall with the epoch."""
    order = _by_epoch(truth)
    total = len(order)
    inside = _in_order(numbers(seen, "inside"), order)
    got = (*inside, *same_length(numbers(seen, "after"), numbers(truth, "after"))[0])
    expected = (*_in_order(numbers(truth, "inside"), order), *numbers(truth, "after"))
    beyond = (total, total + 1, 2 * total, 2 * total + 1, 5 * total)
    ticks = tuple(str(epoch) for epoch in (*range(total), *beyond))
    return _lines("get_lr of each epoch", "epoch", ticks, got, expected, (total,))


def _asked_again(seen: PartEvidence, truth: PartEvidence) -> Lines:
    """The same epochs, asked once more."""
    order = _by_epoch(truth)
    again, first = _in_order(numbers(seen, "again"), order), _in_order(numbers(seen, "inside"), order)
    names = ("asked again", "asked first")
    ticks = tuple(map(str, range(len(order))))
    return Lines("Your get_lr, asked twice", "epoch", ticks, again, first, names=names)


def _by_epoch(truth: PartEvidence) -> list[int]:
    """Positions of the epochs 0, 1, 2 ... in the order in which they were asked."""
    rates = truth.numbers("again")
    return sorted(range(len(rates)), key=lambda i: -rates[i])


def _in_order(values: Values, order: list[int]) -> Values:
    return tuple(values[i] if i < len(values) else None for i in order)


def _few(seen: PartEvidence, truth: PartEvidence, name: str, title: str, ticks: tuple[str, ...]) -> Lines:
    got, expected = same_length(numbers(seen, name), numbers(truth, name))
    return _lines(title, "epoch", ticks, got[: len(ticks)], expected[: len(ticks)])


def _lines(
    title: str,
    axis: str,
    ticks: tuple[str, ...],
    seen: Values,
    expected: Values,
    breaks: tuple[int, ...] = (),
) -> Lines:
    if not len(ticks) == len(seen) == len(expected):
        raise Unusable("another number of rates than of epochs")
    return Lines(title, axis, ticks, seen, expected, breaks)


def _table(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The rate of each update against the scheduler's."""
    return _updates(seen, plain(truth.array("table")))


def _own_rate(seen: PartEvidence, truth: PartEvidence) -> Sketch:
    """The rate of each update against the one that the optimizer had been given."""
    return _updates(seen, tuple(float(rates[0]) for rates in rates_by_epoch(truth)))


def _updates(seen: PartEvidence, rates: Values) -> Sketch:
    by_epoch = rates_by_epoch(seen)
    used = plain_of(by_epoch)[:MOST_UPDATES]
    expected = tuple(rate for epoch, rate in zip(by_epoch, rates, strict=False) for _ in range(len(epoch)))[
        :MOST_UPDATES
    ]
    starts = [sum(map(len, by_epoch[:epoch])) for epoch in range(1, len(by_epoch))]
    breaks = tuple(start for start in starts if start < len(used))
    title = "Learning rate of each update"
    return (Lines(title, "update", one_to(len(used)), used, expected, breaks, steps=True),) if used else ()


def plain_of(by_epoch: list[Array]) -> Values:
    """The rates of all epochs, one after the other."""
    return tuple(float(rate) for rates in by_epoch for rate in rates)


SKETCHERS = {
    "formula": _formula,
    "rate of each epoch": _table,
    "rate with accumulation": _table,
    "own rate without a scheduler": _own_rate,
}
