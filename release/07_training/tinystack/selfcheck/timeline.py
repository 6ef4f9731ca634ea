"""The calls of a training run in the order in which they came, update by update."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

import tinystack
from tinystack.selfcheck.svg import Drawing

LANES = ("zero_grad", "forward", "backward", "step")
LETTERS = {"zero_grad": "Z", "cleared": "C", "forward": "F", "backward": "B", "step": "S"}
MARKS = {"zero_grad": "square", "cleared": "square", "forward": "ring", "backward": "diamond", "step": "dot"}

MAX_CALLS = 400
"""Calls that are noted; a run of ten updates has some forty."""

NOT_CLEARED = "gradients from before are still there at backward()"
GONE = "gradients are cleared between backward() and step()"
NO_FORWARD = "no forward pass"
NO_BACKWARD = "no backward()"
NO_STEP = "no step() after backward()"
TOO_MANY = "step() is left out after a batch"
NOT_MADE = "this update is not made"
EXTRA = "one update more than there should be"


@dataclass(frozen=True)
class Call:
    """A call, and whether gradients were there when it came. kind: a lane, or `cleared`, without zero_grad().

    batch: the number of the batch that a forward pass was given, from 1; None where it is none of them.
    """

    kind: str
    held: bool
    batch: int | None = None


@dataclass(frozen=True)
class Update:
    """The calls up to an update and with it, and what is missing or misplaced among them, by lane.

    misplaced: positions of calls. name: such as `epoch 1, update 2`.
    """

    name: str
    calls: tuple[Call, ...]
    missing: tuple[tuple[str, str], ...]
    misplaced: tuple[int, ...]

    @property
    def trouble(self) -> str:
        """What is wrong, in words; empty where nothing is."""
        return "; ".join([reason for _, reason in self.missing] + [GONE] * bool(self.misplaced))


@dataclass
class Log:
    """Notes the calls of a run.

    parameters: of the model that is trained. batch_of: knows the number of a batch by its inputs.
    """

    parameters: Callable[[], list[Any]]
    batch_of: Callable[[Any], int | None]
    epochs: list[list[Call]] = field(default_factory=list)
    _held: bool = False

    def begin_epoch(self) -> None:
        """Begin a new epoch."""
        self.epochs.append([])

    def note(self, kind: str, inputs: Any = None) -> None:
        """Note a call that is about to be made; gradients that went meanwhile were cleared by hand."""
        calls = self.epochs[-1]
        held = any(p.grad is not None and bool(np.any(p.grad)) for p in self.parameters())
        if self._held and not held:
            calls.append(Call("cleared", held=True))
        calls.append(Call(kind, held, self.batch_of(inputs) if kind == "forward" else None))
        self._held = held
        del calls[MAX_CALLS:]

    def done(self, kind: str) -> None:
        """Look at the gradients after a call: what it changed was not changed by hand."""
        self._held = any(p.grad is not None and bool(np.any(p.grad)) for p in self.parameters())


@contextlib.contextmanager
def watching(log: Log, model: Any, optimizer: Any) -> Iterator[None]:
    """Note the calls that are made on a model, its optimizer, and on any loss, within the block."""
    tensor_class = tinystack.Tensor
    plain = tensor_class.backward

    def backward(tensor: Any, *args: Any, **options: Any) -> None:
        log.note("backward")
        plain(tensor, *args, **options)
        log.done("backward")

    model.forward = partial(_noted, log, "forward", model.forward)
    optimizer.zero_grad = partial(_noted, log, "zero_grad", optimizer.zero_grad)
    optimizer.step = partial(_noted, log, "step", optimizer.step)
    tensor_class.backward = backward  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        tensor_class.backward = plain  # type: ignore[method-assign]


def _noted(log: Log, kind: str, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    log.note(kind, args[0] if args else None)
    result = function(*args, **options)
    log.done(kind)
    return result


def updates(log: Log, batches: int, group: int) -> tuple[Update, ...]:
    """Cut the calls into updates. batches: of an epoch. group: batches that an update takes."""
    expected = -(-batches // group)
    found = []
    for number, calls in enumerate(log.epochs, 1):
        pieces = _pieces(calls)
        for position in range(1, max(len(pieces), expected) + 1):
            name = f"epoch {number}, update {position}"
            if position > len(pieces):
                found.append(Update(name, (), (("step", NOT_MADE),), ()))
            elif position > expected:
                found.append(Update(name, tuple(pieces[position - 1]), (("step", EXTRA),), ()))
            else:
                found.append(_judged(name, pieces[position - 1], group))
    return tuple(found)


def _pieces(calls: list[Call]) -> list[list[Call]]:
    """Cut after each step; what follows the last one belongs to it, unless a gradient is computed in it."""
    ends = [0, *(i + 1 for i, call in enumerate(calls) if call.kind == "step")]
    pieces, rest = [calls[a:b] for a, b in pairwise(ends)], calls[ends[-1] :]
    if pieces and not any(call.kind == "backward" for call in rest):
        return [*pieces[:-1], pieces[-1] + rest]
    return [*pieces, rest] if rest else pieces


def _judged(name: str, calls: list[Call], group: int) -> Update:
    kinds = [call.kind for call in calls]
    backwards = [i for i, kind in enumerate(kinds) if kind == "backward"]
    step = kinds.index("step") if "step" in kinds else len(kinds)
    missing = []
    if backwards and calls[backwards[0]].held:
        missing.append(("zero_grad", NOT_CLEARED))
    if "forward" not in kinds:
        missing.append(("forward", NO_FORWARD))
    if not any(i < step for i in backwards):
        missing.append(("backward", NO_BACKWARD))
    if step == len(kinds):
        missing.append(("step", NO_STEP))
    elif kinds[:step].count("forward") > group and len(backwards) > group:
        missing.append(("step", TOO_MANY))
    first = backwards[0] if backwards else step
    lost = step < len(kinds) and bool(backwards) and not calls[step].held
    clearing = [i for i in range(first, step) if kinds[i] in ("zero_grad", "cleared") and calls[i].held]
    return Update(name, tuple(calls), tuple(missing), tuple(clearing if lost else ()))


@dataclass(frozen=True)
class Timeline:
    """Calls of the updates, from left to right."""

    updates: tuple[Update, ...]

    def caption(self) -> str:
        """Say how many updates are not as expected, and what is wrong with the first of them."""
        wrong = [update for update in self.updates if update.trouble]
        what = "Calls of each update in their order"
        if not wrong:
            return f"{what}: none is missing or misplaced in {len(self.updates)} updates"
        first = f"{wrong[0].name}: {wrong[0].trouble}"
        return f"{what}: {len(wrong)} of {len(self.updates)} updates are not as expected; {first}"

    def text(self) -> str:
        """Return a line per update, with a letter per call."""
        width = max(len(update.name) for update in self.updates)
        body = [
            f"   {update.name:<{width}}   {_letters(update):<16}"
            + (f" ! {update.trouble}" if update.trouble else "")
            for update in self.updates
        ]
        key = "   Z zero_grad, C cleared by hand, F forward (and its batch), B backward, S step"
        return "\n".join(["   " + self.caption(), key, *(line.rstrip() for line in body)])

    def svg(self) -> str:
        """Draw a lane per kind of call; a call that is missing is a frame with an exclamation mark."""
        left, top, high = 96.0, 38.0, 30.0
        count = sum(max(len(update.calls), 1) for update in self.updates)
        step = min(40.0, max(15.0, (672.0 - left) / (count + 0.6 * len(self.updates))))
        width = left + step * (count + 0.6 * len(self.updates)) + 8
        drawing = Drawing(top + high * len(LANES) + 22, self.caption(), max(width, 600.0))
        for lane, name in enumerate(LANES):
            y = top + high * (lane + 0.5)
            drawing.line(left, y, width - 8, y, "ts-grid")
            drawing.text(left - 10, y + 4, f"{name}()" if name != "forward" else "forward", "ts-small", "end")
        x = left
        for number, update in enumerate(self.updates):
            wide = step * (max(len(update.calls), 1) + 0.6)
            self._update(drawing, update, x, wide, step, top, high)
            if number and update.name.endswith("update 1"):
                drawing.line(x, 6, x, top + high * len(LANES), "ts-line")
            x += wide
        drawing.text(left, top + high * len(LANES) + 16, KEY, "ts-small")
        return drawing.svg()

    def _update(
        self, drawing: Drawing, update: Update, x: float, wide: float, step: float, top: float, high: float
    ) -> None:
        epoch, _, name = update.name.partition(", ")
        if name == "update 1":
            drawing.text(x + 4, 14, epoch, "ts-small")
        label = name if wide > 62 else name.removeprefix("update ")
        drawing.text(x + wide / 2, 30, label, "ts-bad" if update.trouble else "ts-small", "middle")
        drawing.box(x + 2, top, wide - 4, high * len(LANES), "ts-band")
        for i, call in enumerate(update.calls):
            lane = LANES.index("zero_grad" if call.kind == "cleared" else call.kind)
            at = x + step * (i + 0.8), top + high * (lane + 0.5)
            style = "ts-open" if call.kind == "cleared" else "ts-mark"
            drawing.mark(*at, MARKS[call.kind], style, 5.5)
            if call.kind == "forward" and call.batch is not None and step >= 14:
                drawing.text(at[0], at[1] - 8, str(call.batch), "ts-tiny", "middle")
            if i in update.misplaced:
                drawing.box(at[0] - 9, at[1] - 11, 18, 22, "ts-frame")
                drawing.text(at[0] + 12, at[1] - 4, "!", "ts-bad", "middle")
        for lane_name, _ in update.missing:
            y = top + high * LANES.index(lane_name)
            drawing.box(x + 5, y + 4, wide - 10, high - 8, "ts-missing")
            drawing.text(x + wide - 13, y + 20, "!", "ts-bad", "middle")


KEY = "a frame with ! marks a call that is missing or misplaced; numbers are batches"


def _letters(update: Update) -> str:
    return " ".join(LETTERS[call.kind] + (str(call.batch) if call.batch else "") for call in update.calls)
