"""train_epoch runs in training mode, evaluate in evaluation mode; it changes nothing and measures right."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinystack
from tinystack.lab import problems
from tinystack.lab.recording import flat, flat_gradients, numbers
from tinystack.selfcheck.checks.footprints import Array, close
from tinystack.selfcheck.report import Finding
from tinystack.selfcheck.student import invoke, make_trainer, pair

BATCHES, SIZE = 3, 4
MISSES: list[tuple[int, ...]] = [(0, 0, 0, 1), (0, 1, 0, 0), (0, 2, 0, 1)]
"""How far the label of each sample lies beside what the untrained model says: 8 of 12 are hits."""

TOLERANCE = 1e-6
"""The same formulas on the same numbers; float32 is allowed."""

LOOK_TRAIN = "Trainer.train_epoch: the line that sets the mode, before the loop"
LOOK_EVALUATE = "Trainer.evaluate: the line that sets the mode, before the loop"


class ModeProbe(tinystack.Module):
    """A layer that passes its input on, and notes for each sample in which mode it was run."""

    def __init__(self) -> None:
        self.seen: list[bool] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> ModeProbe:
        """Return a probe that notes to the same list: a trainer may evaluate a copy of the model."""
        copied = ModeProbe()
        copied.seen, copied.training = self.seen, self.training
        return copied

    def forward(self, x: tinystack.Tensor) -> tinystack.Tensor:
        """Return `x`."""
        self.seen += [self.training] * len(x.data)
        return x


@dataclass
class Bench:
    """A model with normalisation, dropout and a probe, its trainer, and its data."""

    trainer: Any
    model: Any
    optimizer: Any
    probe: ModeProbe
    batches: list[problems.Batch]
    loss: Any

    def train(self) -> list[bool]:
        """Train an epoch; return the mode in which each sample passed the model."""
        start = len(self.probe.seen)
        invoke(self.trainer, "train_epoch", iter(self.batches))
        return self.probe.seen[start:]

    def evaluate(self) -> tuple[list[bool], Any]:
        """Evaluate; return the mode in which each sample passed the model, and what was returned."""
        start = len(self.probe.seen)
        returned = invoke(self.trainer, "evaluate", iter(self.batches))
        return self.probe.seen[start:], returned

    def truth(self) -> tuple[float, float]:
        """Mean loss and accuracy of the model as it is now, in evaluation mode; computed on a copy."""
        model = copy.deepcopy(self.model).eval()
        outputs = [model(x) for x, _ in self.batches]
        losses = [float(self.loss(out, y)) for out, (_, y) in zip(outputs, self.batches, strict=True)]
        hits = [out.data.argmax(axis=1) == y.data for out, (_, y) in zip(outputs, self.batches, strict=True)]
        return float(np.mean(losses)), float(np.mean(hits))

    def state(self) -> dict[str, Array]:
        """Everything that evaluate must leave as it is."""
        counters = [getattr(self.trainer, name, None) for name in ("epoch", "step")]
        return {
            "a parameter": flat(self.model.parameters()),
            "a running statistic of BatchNorm": numbers(self.model.state_dict()),
            "the optimizer's state or its rate": numbers(self.optimizer.state_dict()),
            "a gradient": flat_gradients(self.model.parameters()),
            "epoch or step": np.array(
                [c if isinstance(c, (int, float, np.number)) else -1.0 for c in counters], dtype=np.float64
            ),
        }


def examine(trainer_class: Any) -> Finding:
    """Evaluate, train, evaluate, train; then evaluate a regression."""
    bench = _bench(trainer_class)
    return _rounds(bench) or _regression(trainer_class) or _passed(bench)


def _bench(trainer_class: Any) -> Bench:
    rng, probe, loss = np.random.default_rng(5), ModeProbe(), tinystack.CrossEntropyLoss()
    layers = (tinystack.BatchNorm(2), probe, tinystack.Dropout(0.5, seed=3), tinystack.Linear(2, 3))
    model = tinystack.Sequential(*layers)
    problems.draw_parameters(model, rng, scale=1.0)
    batches = problems.labelled(tinystack, rng, model, MISSES, "float")
    probe.seen.clear()
    model.train()
    optimizer = tinystack.SGD(model.parameters(), lr=0.05, momentum=0.5)
    return Bench(make_trainer(trainer_class, model, optimizer, loss), model, optimizer, probe, batches, loss)


def _rounds(bench: Bench) -> Finding | None:
    return (
        _evaluation(bench)
        or _training(bench, "in the first epoch, after an evaluate()")
        or _evaluation(bench)
        or _training(bench, "in the second epoch, after an evaluate()")
    )


def _training(bench: Bench, when: str) -> Finding | None:
    modes = bench.train()
    if sum(modes) >= BATCHES * SIZE:
        return None
    saw = f"{sum(modes)} of {len(modes)} samples passed the model in training mode {when}"
    bug = "train_epoch() trains in evaluation mode: Dropout and BatchNorm do not work"
    if sum(modes) == len(modes):
        bug = "train_epoch() does not use every batch"
    return Finding(saw, bug, f"all {BATCHES} batches in training mode", LOOK_TRAIN)


def _evaluation(bench: Bench) -> Finding | None:
    for parameter in bench.model.parameters():
        parameter.grad = np.full(parameter.data.shape, 0.25)
    truth, before = bench.truth(), bench.state()
    modes, returned = bench.evaluate()
    after = bench.state()
    for parameter in bench.model.parameters():
        parameter.grad = None
    return _mode(modes) or _unchanged(before, after) or _measured(returned, truth)


def _mode(modes: list[bool]) -> Finding | None:
    off = len(modes) - sum(modes)
    if off >= BATCHES * SIZE:
        return None
    saw = f"{off} of {len(modes)} samples passed the model in evaluation mode in evaluate()"
    whole = off < len(modes)
    bug = "evaluate() runs the model in training mode" if whole else "evaluate() does not use every batch"
    return Finding(saw, bug, f"all {BATCHES} batches in evaluation mode", LOOK_EVALUATE)


def _unchanged(before: dict[str, Array], after: dict[str, Array]) -> Finding | None:
    changed = [name for name in before if not close(before[name], after[name], 0.0)]
    if not changed:
        return None
    change = (
        "its size"
        if before[changed[0]].shape != after[changed[0]].shape
        else f"{np.abs(after[changed[0]] - before[changed[0]]).max():.3g}"
    )
    saw = f"evaluate() changed {changed[0]} by {change}"
    look = "Trainer.evaluate: every line that only training needs"
    return Finding(
        saw, f"evaluate() changes {changed[0]}", "nothing that later training depends on is changed", look
    )


def _measured(returned: Any, truth: tuple[float, float]) -> Finding | None:
    seen = pair(returned)
    for name, a, b in zip(("loss", "accuracy"), seen, truth, strict=True):
        if not close(a, b, TOLERANCE):
            meaning = (
                "the mean of the batches' losses"
                if name == "loss"
                else "the fraction of samples classified correctly"
            )
            saw = f"evaluate() returned the {name} {a:.6g} for {BATCHES} batches of {SIZE} samples"
            look = f"Trainer.evaluate: where the {name} is added up, and what it is divided by"
            return Finding(saw, f"evaluate() does not return {meaning}", f"{b:.6g}", look)
    return None


def _regression(trainer_class: Any) -> Finding | None:
    """With one output column there are no classes: the accuracy is 0.0."""
    problem, _ = problems.regression(tinystack, np.random.default_rng(6), 2)
    optimizer = tinystack.SGD(problem.model.parameters(), lr=0.1)
    trainer = make_trainer(trainer_class, problem.model, optimizer, problem.loss)
    _, accuracy = pair(invoke(trainer, "evaluate", problem.loader))
    if accuracy == 0.0:
        return None
    bug = "evaluate() finds an accuracy where there are no classes"
    saw = f"accuracy {accuracy:g} for a regression with one output column"
    return Finding(
        saw, bug, "0.0", "Trainer.evaluate: for which outputs and targets correct samples are counted"
    )


def _passed(bench: Bench) -> Finding:
    passes = len(bench.probe.seen)
    saw = f"{passes} samples in the right modes; evaluate() changed nothing, loss and accuracy are right"
    return Finding(saw)
