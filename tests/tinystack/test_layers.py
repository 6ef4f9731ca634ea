"""Modules, layers, modes and saved state."""

from __future__ import annotations

import copy
import pickle

import autograd.numpy as anp
import numpy as np
import pytest

from tinystack import BatchNorm, CrossEntropyLoss, Dropout, Linear, Module, ReLU, Sequential, Tanh, Tensor

EPS = 1e-5


class Residual(Module):
    """A model of somebody else's making: nested, with a list of layers and a cached activation."""

    def __init__(self) -> None:
        self.blocks = [Linear(3, 3, rng=0), Sequential(BatchNorm(3), Dropout(0.5, seed=0))]
        self.scale = Tensor(2.0, requires_grad=True)
        self.offset = Tensor(1.0)

    def forward(self, x: Tensor) -> Tensor:
        self.cached = self.blocks[0](x)
        return x + self.blocks[1](self.cached) * self.scale + self.offset


def network(seed: int = 0) -> Sequential:
    rng = np.random.default_rng(seed)
    inner = Sequential(Linear(4, 4, rng=rng), BatchNorm(4), Dropout(0.3, seed=seed))
    return Sequential(Linear(3, 4, rng=rng), Tanh(), inner, Linear(4, 2, rng=rng))


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 4, 3)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
def test_linear_is_x_times_weight_plus_bias(bias, shape, rng, check_gradients):
    layer = Linear(3, 2, bias=bias)

    def ours(x, weight, *rest):
        layer.weight, layer.bias = weight, rest[0] if rest else None
        return layer(x)

    arrays = [rng.normal(size=shape), rng.normal(size=(3, 2))] + [rng.normal(size=2)] * bias
    check_gradients(ours, lambda x, w, *b: x @ w + (b[0] if b else 0.0), arrays)


def test_linear_starts_within_the_glorot_limit_and_with_bias_zero():
    layer = Linear(200, 100, rng=0)
    limit = np.sqrt(6.0 / 300.0)
    assert np.abs(layer.weight.data).max() <= limit
    # The standard deviation of a uniform distribution on +-limit is limit / sqrt(3).
    assert layer.weight.data.std() == pytest.approx(limit / np.sqrt(3.0), rel=0.02)
    np.testing.assert_array_equal(layer.bias.data, np.zeros(100))


def test_linear_is_reproducible_from_seed_or_generator():
    weights = [
        Linear(3, 2, seed=4).weight.data,
        Linear(3, 2, rng=4).weight.data,
        Linear(3, 2, rng=np.random.default_rng(4)).weight.data,
    ]
    for weight in weights[1:]:
        np.testing.assert_array_equal(weight, weights[0])
    assert (Linear(3, 2, seed=5).weight.data != weights[0]).all()


def test_batchnorm_gradients_in_training_mode_pass_through_mean_and_variance(rng, check_gradients):
    layer = BatchNorm(3)

    def ours(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x)

    def theirs(x, gamma, beta):
        var = anp.mean((x - anp.mean(x, axis=0)) ** 2, axis=0)
        return gamma * (x - anp.mean(x, axis=0)) / anp.sqrt(var + EPS) + beta

    x = rng.normal(size=(6, 3), scale=2.0)
    check_gradients(ours, theirs, [x, rng.normal(size=3), rng.normal(size=3)])


def test_batchnorm_gradients_in_evaluation_mode_take_statistics_as_constants(rng, check_gradients):
    layer = BatchNorm(3).eval()
    layer.running_mean, layer.running_var = rng.normal(size=3), rng.uniform(0.5, 2.0, 3)

    def ours(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x)

    def theirs(x, gamma, beta):
        return gamma * (x - layer.running_mean) / anp.sqrt(layer.running_var + EPS) + beta

    check_gradients(ours, theirs, [rng.normal(size=(1, 3)), rng.normal(size=3), rng.normal(size=3)])


def test_batchnorm_running_statistics_are_moving_averages_with_the_unbiased_variance(rng):
    layer, mean, var = BatchNorm(2, momentum=0.3), np.zeros(2), np.ones(2)
    for _ in range(20):
        batch = rng.normal(size=(5, 2), loc=3.0)
        layer(Tensor(batch))
        mean = 0.7 * mean + 0.3 * batch.mean(axis=0)
        var = 0.7 * var + 0.3 * batch.var(axis=0, ddof=1)
    np.testing.assert_allclose(layer.running_mean, mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var, var, rtol=1e-12)


def test_batchnorm_in_evaluation_mode_changes_no_statistic(rng):
    layer = BatchNorm(2)
    layer(Tensor(rng.normal(size=(5, 2))))
    before = layer.state_dict()
    layer.eval()(Tensor(rng.normal(size=(5, 2))))
    assert all((before[name] == value).all() for name, value in layer.state_dict().items())


def test_dropout_zeroes_about_p_and_scales_the_rest():
    y = Dropout(0.25, seed=0)(Tensor(np.ones((400, 100)))).data
    assert set(np.unique(y)) == {0.0, 1.0 / 0.75}
    # Four standard deviations of a share of 0.25 among 40000 draws.
    assert (y == 0.0).mean() == pytest.approx(0.25, abs=0.0087)


def test_dropout_gradient_uses_the_mask_of_its_own_forward_pass(rng, check_gradients):
    mask = Dropout(0.4, seed=7)(Tensor(np.ones((4, 5)))).data
    check_gradients(lambda x: Dropout(0.4, seed=7)(x), lambda x: x * mask, [rng.normal(size=(4, 5))])


def test_dropout_with_a_seed_repeats_its_masks_and_draws_a_new_one_each_time():
    x = Tensor(np.ones((10, 10)))
    first, twin = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    masks = [first(x).data for _ in range(3)]
    for mask in masks:
        np.testing.assert_array_equal(mask, twin(x).data)
    assert (masks[0] != masks[1]).any() and (masks[1] != masks[2]).any()


def test_dropout_in_evaluation_mode_is_the_identity_and_draws_nothing():
    x = Tensor(np.ones((10, 10)))
    disturbed, twin = Dropout(0.5, seed=3), Dropout(0.5, seed=3)
    disturbed.eval()
    assert disturbed(x) is x
    disturbed.train()
    np.testing.assert_array_equal(disturbed(x).data, twin(x).data)


def test_dropout_of_probability_zero_is_the_identity_while_training_too():
    x = Tensor(np.ones((10, 10)))
    assert Dropout(0.0, seed=3)(x) is x


def test_dropout_leaves_the_global_random_state_alone():
    np.random.seed(0)
    expected = np.random.RandomState(0).random_sample()
    Dropout(0.5)(Tensor(np.ones(10)))
    assert np.random.random_sample() == expected


def switch_by_assignment(model: Module, mode: bool) -> None:
    model.training = mode


def switch_by_method(model: Module, mode: bool) -> None:
    assert (model.train() if mode else model.eval()) is model


@pytest.mark.parametrize("switch", [switch_by_assignment, switch_by_method])
@pytest.mark.parametrize("make", [network, Residual])
def test_the_mode_reaches_every_nested_layer(make, switch):
    model = make()
    layers = [module for _, module in model._walk()]
    assert any(isinstance(layer, Dropout) for layer in layers)
    for mode in (False, True, False):
        switch(model, mode)
        assert all(layer.training is mode for layer in layers)


def test_a_new_model_is_in_training_mode_and_modes_are_not_shared():
    one, other = network(), network()
    one.eval()
    assert other.training and other.layers[2].training


def test_parameters_come_in_order_and_once():
    shared = Linear(3, 3, rng=0)
    last = Linear(3, 2, rng=1)
    model = Sequential(shared, ReLU(), shared, last)
    expected = [shared.weight, shared.bias, last.weight, last.bias]
    assert [id(p) for p in model.parameters()] == [id(p) for p in expected]


def test_a_tensor_shared_by_two_layers_is_one_parameter():
    one, other = Linear(2, 2, rng=0), Linear(2, 2, rng=1)
    other.weight = one.weight
    assert len(Sequential(one, other).parameters()) == 3


def test_parameters_are_neither_cached_results_nor_constants(rng):
    model = Residual()
    model(Tensor(rng.normal(size=(4, 3))))
    assert set(model.state_dict()) == {
        "scale",
        "blocks.0.weight",
        "blocks.0.bias",
        "blocks.1.layers.0.gamma",
        "blocks.1.layers.0.beta",
        "blocks.1.layers.0.running_mean",
        "blocks.1.layers.0.running_var",
    }
    assert len(model.parameters()) == 5


def test_a_frozen_parameter_is_still_a_parameter():
    model = network()
    count = len(model.parameters())
    for parameter in model.parameters():
        parameter.requires_grad = False
    assert len(model.parameters()) == count


def test_a_module_that_refers_to_its_parent_is_walked_once():
    model = network()
    model.layers[2].parent = model
    assert len(model.parameters()) == 8
    model.eval()
    assert not model.layers[0].training


def test_state_dict_round_trip_makes_another_model_compute_the_same(rng):
    one, other = network(0), network(1)
    one(Tensor(rng.normal(size=(6, 3))))
    other.load_state_dict(one.state_dict())
    x = Tensor(rng.normal(size=(6, 3)))
    np.testing.assert_array_equal(one.eval()(x).data, other.eval()(x).data)


def test_state_dict_and_load_state_dict_both_copy():
    model = network()
    state = model.state_dict()
    for array in state.values():
        array += 1.0
    assert all((state[name] != value).all() for name, value in model.state_dict().items())
    model.load_state_dict(state)
    state["layers.0.weight"] += 1.0
    assert (model.layers[0].weight.data != state["layers.0.weight"]).all()


def test_load_state_dict_keeps_the_parameter_objects():
    model = network()
    before = model.parameters()
    model.load_state_dict(network(1).state_dict())
    assert [id(p) for p in model.parameters()] == [id(p) for p in before]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers.2.layers.1.running_var", None, r"missing \['layers.2.layers.1.running_var'\]"),
        ("extra", np.zeros(1), r"unknown \['extra'\]"),
        ("layers.3.bias", np.zeros(3), r"'layers.3.bias' has shape \(3,\), the model's is \(2,\)"),
        ("layers.3.bias", np.zeros(1), r"shape \(1,\)"),
    ],
)
def test_an_unfit_state_is_refused_and_changes_nothing(name, value, message):
    model, state = network(0), network(1).state_dict()
    before = model.state_dict()
    if value is None:
        del state[name]
    else:
        state[name] = value
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(state)
    assert all((before[key] == array).all() for key, array in model.state_dict().items())


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("make", [network, Residual])
def test_a_copied_model_computes_the_same_and_is_separate(make, duplicate, rng):
    model = make()
    x = Tensor(rng.normal(size=(6, 3)))
    model(x).sum().backward()
    twin = duplicate(model)
    np.testing.assert_array_equal(model(x).data, twin(x).data, "Dropout goes on alike in both")
    twin.parameters()[0].data += 1.0
    assert (model.parameters()[0].data != twin.parameters()[0].data).all()
    assert len(twin.parameters()) == len(model.parameters())


def test_gradients_of_a_whole_network_match_the_formula_written_in_one_piece(rng, check_gradients):
    model = Sequential(Linear(2, 5), Tanh(), Sequential(BatchNorm(5), ReLU()), Linear(5, 3))
    labels = rng.integers(0, 3, 8)
    first, norm, last = model.layers[0], model.layers[2].layers[0], model.layers[3]

    def ours(x, w1, b1, gamma, beta, w2, b2):
        first.weight, first.bias, norm.gamma, norm.beta = w1, b1, gamma, beta
        last.weight, last.bias = w2, b2
        return CrossEntropyLoss()(model(x), Tensor(labels))

    def theirs(x, w1, b1, gamma, beta, w2, b2):
        h = anp.tanh(x @ w1 + b1)
        centred = h - anp.mean(h, axis=0)
        h = gamma * centred / anp.sqrt(anp.mean(centred**2, axis=0) + EPS) + beta
        logits = anp.maximum(h, 0.0) @ w2 + b2
        log_probabilities = logits - anp.log(anp.sum(anp.exp(logits), axis=1, keepdims=True))
        return -anp.mean(log_probabilities[np.arange(8), labels])

    shapes = [(8, 2), (2, 5), (5,), (5,), (5,), (5, 3), (3,)]
    check_gradients(ours, theirs, [rng.normal(size=shape) for shape in shapes])


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: Linear(3, 2)(Tensor(np.zeros((4, 2)))), ValueError, r"3 features .* not shape \(4, 2\)"),
        (lambda: Linear(3, 2)(Tensor(1.0)), ValueError, r"not shape \(\)"),
        (lambda: Linear(3, 2)(np.zeros((4, 3))), TypeError, "Linear takes a Tensor, not a ndarray"),
        (lambda: Linear(3, 2, rng=1, seed=1), ValueError, "not both"),
        (lambda: Dropout(1.0), ValueError, "0 <= p < 1, not 1.0"),
        (lambda: Dropout(float("nan")), ValueError, "not nan"),
        (lambda: BatchNorm(2)(Tensor(np.zeros((1, 2)))), ValueError, "at least 2 samples"),
        (lambda: BatchNorm(2)(Tensor(np.zeros((3, 4, 2)))), ValueError, r"shape \(N, 2\), not \(3, 4, 2\)"),
        (lambda: Sequential(ReLU(), np.tanh), TypeError, "argument 1 is a ufunc"),
        (lambda: Module()(Tensor(1.0)), NotImplementedError, "Module defines no forward"),
    ],
)
def test_misuse_is_refused_with_the_reason(action, error, message):
    with pytest.raises(error, match=message):
        action()
