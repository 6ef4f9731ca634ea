"""Time one training step of a 2-16-2 network on tinystack, and the same step written by hand in numpy.

Usage: python benchmarks/training_step.py
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "source" / "07_training"))

from tinystack import SGD, CrossEntropyLoss, Linear, Sequential, Tanh, Tensor

BATCH, LEARNING_RATE = 8, 0.1
# Enough for a quarter of a second or so per round; the best of some rounds is the least disturbed one.
STEPS, ROUNDS = 2000, 7


def make_batch() -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (8, 2) and class labels (8,) from a fixed seed."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, 2)), rng.integers(0, 2, size=BATCH)


def tinystack_step() -> tuple[Callable[[], None], list[np.ndarray]]:
    """Return a function that trains for one step, and the parameters that it trains."""
    inputs, labels = make_batch()
    x, y = Tensor(inputs), Tensor(labels)
    model = Sequential(Linear(2, 16, rng=1), Tanh(), Linear(16, 2, rng=2))
    loss_fn, optimizer = CrossEntropyLoss(), SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()

    return step, [p.data for p in model.parameters()]


def numpy_step() -> tuple[Callable[[], None], list[np.ndarray]]:
    """Return the same step, with the gradients worked out by hand."""
    x, y = make_batch()
    _, initial = tinystack_step()
    w1, b1, w2, b2 = parameters = [p.copy() for p in initial]
    rows = np.arange(BATCH)

    def step() -> None:
        hidden = np.tanh(x @ w1 + b1)
        logits = hidden @ w2 + b2
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        totals = exponentials.sum(axis=1, keepdims=True)
        _loss = (np.log(totals[:, 0]) - shifted[rows, y]).sum() / BATCH
        d_logits = exponentials / totals
        d_logits[rows, y] -= 1.0
        d_logits /= BATCH
        d_hidden = (d_logits @ w2.T) * (1.0 - hidden * hidden)
        gradients = (x.T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d_logits, d_logits.sum(axis=0))
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= LEARNING_RATE * gradient

    return step, parameters


def microseconds(step: Callable[[], None]) -> float:
    """Return the time of one step in the fastest round."""
    return min(timeit.repeat(step, number=STEPS, repeat=ROUNDS)) / STEPS * 1e6


def check_agreement() -> None:
    """Raise AssertionError unless both steps train the same numbers; else the comparison means nothing."""
    (stack, stack_parameters), (plain, plain_parameters) = tinystack_step(), numpy_step()
    for _ in range(100):
        stack()
        plain()
    for ours, theirs in zip(stack_parameters, plain_parameters, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def main() -> None:
    """Print both times and their ratio."""
    check_agreement()
    stack, plain = microseconds(tinystack_step()[0]), microseconds(numpy_step()[0])
    print(f"tinystack     {stack:7.1f} us per step")
    print(f"plain numpy   {plain:7.1f} us per step")
    print(f"ratio         {stack / plain:7.2f}")


if __name__ == "__main__":
    main()
