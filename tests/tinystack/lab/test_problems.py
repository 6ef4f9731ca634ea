"""Footprints: batch j touches weight j of a linear model, by the weight given, and its bias."""

from __future__ import annotations

import numpy as np

import tinystack
from tinystack.lab.problems import footprints


def test_each_batch_leaves_its_footprint_in_the_gradient(rng):
    weights = rng.uniform(0.2, 0.5, 4)
    problem = footprints(tinystack, weights, traced=True)
    weight, bias = problem.model.parameters()
    for j, (inputs, target) in enumerate(problem.batches):
        problem.loss(problem.model(inputs), target).backward()
        np.testing.assert_allclose(weight.grad[:, 0], weights * (np.arange(4) == j), rtol=1e-15)
        np.testing.assert_allclose(bias.grad, weights[j], rtol=1e-15)
        assert inputs.shape == (3, 4) and inputs.grad is not None
        weight.grad = bias.grad = None


def test_batches_share_no_memory(rng):
    batches = footprints(tinystack, rng.uniform(0.2, 0.5, 3)).batches
    arrays = [tensor.data for batch in batches for tensor in batch]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])
