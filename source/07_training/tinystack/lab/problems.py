"""Problems drawn from a nonce: small models and data in which a mistake shows in the numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Batch = tuple[Any, Any]

CORNERS = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
"""One point in each quadrant."""

SIGNS = np.array([-1.0, 1.0])

ROWS = 3
"""Rows of a batch of footprints."""

SPARE = np.random.default_rng()
"""Where layers draw first parameters that nobody sees: a generator of one's own takes long to make."""


class LinearLoss:
    """mean(pred * target): its gradient does not depend on the parameters, and its value may be negative."""

    def forward(self, pred: Any, target: Any) -> Any:
        """Return the scalar Tensor mean(pred * target)."""
        return (pred * target).mean()

    def __call__(self, pred: Any, target: Any) -> Any:
        """Return what `forward` returns."""
        return self.forward(pred, target)


class RateTable:
    """A scheduler that is nothing but `get_lr`: rates[epoch], and the last one for ever after."""

    def __init__(self, rates: Array) -> None:
        self._rates = [float(rate) for rate in rates]

    def __len__(self) -> int:
        """It is there, and false: a scheduler is asked for with `is None`."""
        return 0

    def get_lr(self, epoch: int) -> float:
        """Return the rate of an epoch, counted from 0."""
        return self._rates[min(int(epoch), len(self._rates) - 1)]


class Loader:
    """A dataloader with nothing but `__iter__`: no length, no indexing."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[Batch]:
        return iter(list(self._batches))


@dataclass(frozen=True)
class Problem:
    """A model with drawn parameters, its loss, and its data in batches."""

    model: Any
    loss: Any
    batches: list[Batch]

    def stream(self) -> Iterator[Batch]:
        """Return the batches as a generator: no length, and walked only once."""
        return (batch for batch in self.batches)

    @property
    def loader(self) -> Loader:
        """The batches behind nothing but `__iter__`."""
        return Loader(self.batches)


def draw_parameters(model: Any, rng: np.random.Generator, scale: float = 0.5) -> None:
    """Set every parameter of a model to normal numbers of standard deviation `scale`."""
    for parameter in model.parameters():
        parameter.data[...] = rng.normal(0.0, scale, parameter.data.shape)


def draw_signs(rng: np.random.Generator, count: int) -> Array:
    """Draw so many numbers, each -1 or 1."""
    return SIGNS[rng.integers(0, 2, count)]


def in_batches(stack: Any, inputs: Array, targets: NDArray[Any], size: int) -> list[Batch]:
    """Cut rows of inputs and targets into batches of `size` rows."""
    starts = range(0, len(inputs), size)
    return [(stack.Tensor(inputs[i : i + size]), stack.Tensor(targets[i : i + size])) for i in starts]


def footprints(stack: Any, weights: Array, traced: bool = False, last_rows: int = ROWS) -> Problem:
    """Batches that leave footprints: batch j touches weight j of a linear model, by weights[j], and its bias.

    With the linear loss the gradient of batch j is weights[j] at weight j and at the bias, and zero
    elsewhere, whatever the parameters are. So the gradient that an update used tells which batches are in it,
    and how often. A batch holds three equal rows.

    traced: the inputs ask for a gradient, which tells whether a batch's loss was ever propagated back.
    """
    count = len(weights)
    inputs = np.eye(count)[:, np.newaxis].repeat(ROWS, axis=1)
    targets = weights.repeat(ROWS).reshape(count, ROWS, 1)
    batches = [
        (stack.Tensor(x[:rows], requires_grad=traced), stack.Tensor(y[:rows]))
        for x, y, rows in zip(inputs, targets, [ROWS] * (count - 1) + [last_rows], strict=True)
    ]
    return Problem(stack.Linear(count, 1, rng=SPARE), LinearLoss(), batches)


def set_last_loss(model: Any, output: float) -> None:
    """Set the last weight of a footprint model so that it answers the last batch with `output`."""
    weight, bias = model.parameters()
    weight.data.reshape(-1)[-1] = output - float(bias.data.reshape(-1)[0])


def regression(stack: Any, rng: np.random.Generator, batches: int) -> tuple[Problem, Array]:
    """Noise-free linear regression of two features, from zero; returns the true weights and bias too.

    Each batch has two samples in each quadrant, so that weights and bias are learned at about the same pace.
    True values lie in 0.05 to 0.15 by size, so that gradients have a norm below 1 and clipping at 1 leaves
    them alone.
    """
    truth = rng.uniform(0.05, 0.15, 3) * draw_signs(rng, 3)
    quadrants = np.tile(CORNERS, (2 * batches, 1))
    inputs = quadrants * rng.uniform(0.6, 1.0, quadrants.shape)
    targets = inputs @ truth[:-1, None] + truth[-1]
    model = stack.Linear(2, 1, rng=SPARE)
    draw_parameters(model, rng, scale=0.0)
    return Problem(model, stack.MSELoss(), in_batches(stack, inputs, targets, 8)), truth


def xor(stack: Any, rng: np.random.Generator, batches: int, hidden: int = 8) -> Problem:
    """Two classes that no line separates: the sign of x0 * x1, four samples (one of each corner) in a batch.

    Inputs and first parameters are small enough for gradients to keep a norm below 1.
    """
    inputs = np.concatenate([CORNERS[rng.permutation(4)] for _ in range(batches)])
    labels = (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int64)
    inputs = inputs * rng.uniform(0.5, 0.9, inputs.shape)
    model = stack.Sequential(
        stack.Linear(2, hidden, rng=SPARE), stack.Tanh(), stack.Linear(hidden, 2, rng=SPARE)
    )
    draw_parameters(model, rng, scale=0.35)
    return Problem(model, stack.CrossEntropyLoss(), in_batches(stack, inputs, labels, 4))


def labelled(
    stack: Any, rng: np.random.Generator, model: Any, misses: list[tuple[int, ...]], kind: str
) -> list[Batch]:
    """Batches for a classifier whose labels lie `misses` classes beside what the model says: 0 is a hit.

    kind: integer, float (labels of shape (N,)) or one_hot (labels of shape (N, C)).
    """
    batches, width = [], model.parameters()[0].shape[0]
    model.eval()
    for shifts in misses:
        inputs = stack.Tensor(rng.normal(size=(len(shifts), width)))
        scores = np.asarray(model(inputs).data)
        labels = (scores.argmax(axis=1) + np.array(shifts)) % scores.shape[1]
        targets = stack.Tensor(np.eye(scores.shape[1])[labels] if kind == "one_hot" else labels)
        if kind == "integer":
            targets.data = labels
        batches.append((inputs, targets))
    return batches
