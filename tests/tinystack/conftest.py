"""Two independent oracles for gradients: central differences, and the library `autograd`."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from tinystack import Tensor

# Central differences err by about STEP^2 from truncation and 1e-16 / STEP from rounding.
STEP, DIFFERENCE_TOL = 1e-5, 1e-6
# Both sides are exact formulas in float64; only the order of operations differs.
FORMULA_TOL = 1e-10

GradientCheck = Callable[[Callable[..., Tensor], Callable[..., np.ndarray], Sequence[np.ndarray]], None]


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A generator with a seed of its own for every test; TINYSTACK_SEED in the environment replaces it."""
    seed = int(os.environ.get("TINYSTACK_SEED", zlib.crc32(request.node.name.encode())))
    print(f"TINYSTACK_SEED={seed}")
    return np.random.default_rng(seed)


def central_differences(f: Callable[..., float], arrays: list[np.ndarray], i: int) -> np.ndarray:
    """Return the gradient of f(*arrays) with respect to arrays[i]."""
    gradient = np.zeros(arrays[i].shape)
    for index in np.ndindex(*gradient.shape):
        values = []
        for step in (STEP, -STEP):
            moved = [a.copy() for a in arrays]
            moved[i][index] += step
            values.append(f(*moved))
        gradient[index] = (values[0] - values[1]) / (2 * STEP)
    return gradient


@pytest.fixture
def check_gradients(rng: np.random.Generator) -> GradientCheck:
    """A function that compares value and all gradients of ours(*Tensors) with theirs(*arrays)."""

    def check(
        ours: Callable[..., Tensor], theirs: Callable[..., np.ndarray], arrays: Sequence[np.ndarray]
    ) -> None:
        inputs = [np.asarray(a, dtype=np.float64) for a in arrays]
        tensors = [Tensor(a, requires_grad=True) for a in inputs]
        result = ours(*tensors)
        weights = rng.normal(size=result.shape)
        result.backward(weights)
        np.testing.assert_allclose(result.data, theirs(*inputs), rtol=FORMULA_TOL, atol=FORMULA_TOL)
        for i, tensor in enumerate(tensors):
            assert tensor.grad is not None and tensor.grad.shape == tensor.shape
            numeric = central_differences(
                lambda *xs: float(np.sum(ours(*map(Tensor, xs)).data * weights)), inputs, i
            )
            np.testing.assert_allclose(tensor.grad, numeric, rtol=DIFFERENCE_TOL, atol=DIFFERENCE_TOL)
            exact = autograd.grad(lambda *xs: anp.sum(theirs(*xs) * weights), i)(*inputs)
            np.testing.assert_allclose(tensor.grad, exact, rtol=FORMULA_TOL, atol=FORMULA_TOL)

    return check
