"""ReLU, Tanh and Sigmoid."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest

from tinystack import ReLU, Sigmoid, Tanh, Tensor

FORMULAS = {
    ReLU: lambda x: anp.maximum(x, 0.0),
    Tanh: anp.tanh,
    Sigmoid: lambda x: 1.0 / (1.0 + anp.exp(-x)),
}


@pytest.mark.parametrize("shape", [(), (5,), (4, 3), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("layer", FORMULAS)
def test_value_and_gradient_follow_the_formula(layer, shape, rng, check_gradients):
    x = rng.uniform(0.1, 3.0, shape) * rng.choice([-1.0, 1.0], shape)
    check_gradients(layer(), FORMULAS[layer], [x])


def test_relu_has_gradient_zero_at_zero():
    x = Tensor([0.0, -0.0], requires_grad=True)
    ReLU()(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("layer", FORMULAS)
def test_huge_inputs_neither_overflow_nor_warn(layer):
    x = Tensor([-1e4, -800.0, 800.0, 1e4], requires_grad=True)
    y = layer()(x)
    y.sum().backward()
    assert np.isfinite(y.data).all() and np.isfinite(x.grad).all()


def test_sigmoid_keeps_its_relative_precision_far_below_zero():
    assert Sigmoid()(Tensor(-40.0)).item() == pytest.approx(np.exp(-40.0), rel=1e-12)


@pytest.mark.parametrize("layer", FORMULAS)
def test_nan_passes_through_and_is_not_hidden(layer):
    assert np.isnan(layer()(Tensor(np.nan)).item())


@pytest.mark.parametrize("layer", FORMULAS)
def test_activations_have_no_parameters_and_no_state(layer):
    assert layer().parameters() == [] and layer().state_dict() == {}
