"""SGD and AdamW against their published formulas, in plain numpy and in closed form."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tinystack import SGD, AdamW, Linear, MSELoss, ReLU, Sequential, Tensor

STEPS = 250
# The formulas round differently, by about 1e-16 a step.
RTOL = 1e-10

MAKERS: dict[str, Callable] = {
    "sgd": lambda params: SGD(params, lr=0.05),
    "sgd, decay": lambda params: SGD(params, lr=0.05, weight_decay=0.1),
    "sgd, momentum": lambda params: SGD(params, lr=0.05, momentum=0.9),
    "sgd, momentum and decay": lambda params: SGD(params, lr=0.05, momentum=0.9, weight_decay=0.1),
    "adamw": lambda params: AdamW(params),
    "adamw, other settings": lambda params: AdamW(params, 0.03, (0.8, 0.99), eps=1e-3, weight_decay=0.2),
    "adamw, no decay": lambda params: AdamW(params, lr=0.03, weight_decay=0.0),
}


def leaves(rng: np.random.Generator) -> list[Tensor]:
    return [Tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3, 2), (2,), ())]


def set_gradients(params: list[Tensor], rng: np.random.Generator) -> list[np.ndarray]:
    """Give every parameter a random gradient that depends on its value, and return them all."""
    for p in params:
        p.grad = np.asarray(p.data * 0.5 + rng.normal(size=p.shape))
    return [p.grad.copy() for p in params]


def rates() -> Iterator[float]:
    """A learning rate that jumps and decays in the middle of the run."""
    return (0.05 if i < 80 else 0.2 / (i - 70) for i in range(STEPS))


def sgd_by_formula(p, gradients, lrs, momentum, decay):
    velocity = None
    for g, lr in zip(gradients, lrs, strict=True):
        g = g + decay * p
        velocity = g if velocity is None else momentum * velocity + g
        p = p - lr * velocity
        yield p


def adamw_by_formula(p, gradients, lrs, betas, eps, decay):
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, (g, lr) in enumerate(zip(gradients, lrs, strict=True), start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        p = p - lr * (m_hat / (np.sqrt(v_hat) + eps) + decay * p)
        yield p


def run_and_compare(optimizer, formula: Callable, rng: np.random.Generator) -> None:
    """Train for STEPS steps on changing rates and compare every parameter after every step."""
    start = [p.data.copy() for p in optimizer.params]
    gradients, trajectory = [], []
    for lr in rates():
        optimizer.lr = lr
        gradients.append(set_gradients(optimizer.params, rng))
        optimizer.step()
        trajectory.append([p.data.copy() for p in optimizer.params])
    for i, first in enumerate(start):
        expected = formula(first, [g[i] for g in gradients], rates())
        for ours, theirs in zip(trajectory, expected, strict=True):
            np.testing.assert_allclose(ours[i], theirs, rtol=RTOL, atol=RTOL)


@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_sgd_follows_its_formula_while_the_rate_changes(momentum, decay, rng):
    optimizer = SGD(leaves(rng), lr=1.0, momentum=momentum, weight_decay=decay)
    run_and_compare(optimizer, lambda p, g, lrs: sgd_by_formula(p, g, lrs, momentum, decay), rng)


@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.9), (0.8, 0.0)])
@pytest.mark.parametrize("eps", [1e-8, 0.1])
def test_adamw_follows_its_formula_while_the_rate_changes(betas, eps, decay, rng):
    optimizer = AdamW(leaves(rng), lr=1.0, betas=betas, eps=eps, weight_decay=decay)
    run_and_compare(optimizer, lambda p, g, lrs: adamw_by_formula(p, g, lrs, betas, eps, decay), rng)


def test_momentum_under_a_constant_gradient_is_a_geometric_series():
    p = Tensor(0.0, requires_grad=True)
    optimizer = SGD([p], lr=0.1, momentum=0.8)
    for n in range(1, 31):
        p.grad = np.array(1.0)
        optimizer.step()
        # The velocity after k steps is (1 - 0.8^k) / 0.2; the position is minus 0.1 times their sum.
        assert p.item() == pytest.approx(-0.1 * sum((1 - 0.8**k) / 0.2 for k in range(1, n + 1)), rel=1e-12)


def test_sgd_on_a_parabola_shrinks_by_one_factor_a_step():
    p = Tensor(3.0, requires_grad=True)
    optimizer = SGD([p], lr=0.1)
    for _ in range(50):
        optimizer.zero_grad()
        (p * p / 2.0).backward()
        optimizer.step()
    assert p.item() == pytest.approx(3.0 * 0.9**50, rel=1e-12)


def test_the_first_step_of_adamw_is_the_rate_times_the_sign_of_the_gradient():
    p = Tensor(np.zeros(3), requires_grad=True)
    optimizer = AdamW([p], lr=0.01, eps=0.0, weight_decay=0.0)
    p.grad = np.array([1e-6, -2.0, 3e6])
    optimizer.step()
    np.testing.assert_allclose(p.data, [-0.01, 0.01, -0.01], rtol=1e-12)


def test_weight_decay_is_decoupled_from_the_moments():
    p = Tensor([4.0, -2.0], requires_grad=True)
    optimizer = AdamW([p], lr=0.1, weight_decay=0.5)
    for _ in range(20):
        p.grad = np.zeros(2)
        optimizer.step()
    np.testing.assert_allclose(p.data, np.array([4.0, -2.0]) * 0.95**20, rtol=1e-12)
    for (moment,) in optimizer.state_dict()["buffers"].values():
        np.testing.assert_array_equal(moment, [0.0, 0.0])


def test_weight_decay_of_sgd_enters_the_velocity():
    p = Tensor(1.0, requires_grad=True)
    optimizer = SGD([p], lr=0.1, momentum=0.9, weight_decay=0.5)
    p.grad = np.array(0.0)
    optimizer.step()
    assert optimizer.state_dict()["buffers"]["velocity"][0] == 0.5


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_run_saved_midway_goes_on_exactly_in_a_new_optimizer(make, rng):
    params = leaves(rng)
    optimizer = make(params)
    for _ in range(60):
        set_gradients(params, rng)
        optimizer.step()
    optimizer.lr *= 0.5
    twins = [Tensor(p.data, requires_grad=True) for p in params]
    revived = make(twins)
    revived.load_state_dict(optimizer.state_dict())
    assert revived.lr == optimizer.lr
    for _ in range(60):
        for p, twin, g in zip(params, twins, set_gradients(params, rng), strict=True):
            p.grad, twin.grad = g, g.copy()
        optimizer.step()
        revived.step()
        for p, twin in zip(params, twins, strict=True):
            np.testing.assert_array_equal(p.data, twin.data)


def flatten(state: object) -> Iterator[object]:
    """Yield the state and everything inside it."""
    yield state
    if isinstance(state, dict | list):
        for item in state.values() if isinstance(state, dict) else state:
            yield from flatten(item)


@pytest.mark.parametrize("stepped", [True, False])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_state_is_made_of_plain_things(make, stepped, rng):
    optimizer = make(leaves(rng))
    optimizer.lr = np.float64(0.5)
    if stepped:
        set_gradients(optimizer.params, rng)
        optimizer.step()
    state = optimizer.state_dict()
    assert {type(item) for item in flatten(state)} <= {dict, list, np.ndarray, int, float, type(None)}
    json.dumps(state, default=np.ndarray.tolist)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_saved_and_loaded_states_are_copies(make, rng):
    optimizer = make(leaves(rng))
    set_gradients(optimizer.params, rng)
    optimizer.step()
    saved = optimizer.state_dict()
    untouched = copy.deepcopy(saved)
    revived = make(optimizer.params)
    revived.load_state_dict(saved)
    for each in (optimizer, revived):
        set_gradients(optimizer.params, rng)
        each.step()
        for one, other in zip(flatten(saved), flatten(untouched), strict=True):
            if not isinstance(one, dict | list):
                np.testing.assert_array_equal(one, other)


def test_a_state_with_a_skipped_parameter_keeps_its_place(rng):
    params = leaves(rng)
    optimizer = AdamW(params)
    set_gradients(params, rng)
    params[0].grad = None
    optimizer.step()
    moments = optimizer.state_dict()["buffers"]["first_moment"]
    assert moments[0] is None and moments[1].shape == (2,) and moments[2].shape == ()
    revived = AdamW(params)
    revived.load_state_dict(optimizer.state_dict())
    assert revived.state_dict()["buffers"]["first_moment"][0] is None


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_parameter_without_a_gradient_is_left_alone_and_decays_not(make, rng):
    params = leaves(rng)
    optimizer = make(params)
    before = params[1].data.copy()
    for _ in range(3):
        set_gradients(params, rng)
        params[1].grad = None
        optimizer.step()
    np.testing.assert_array_equal(params[1].data, before)


def test_a_step_without_any_gradient_is_not_counted(rng):
    optimizer = AdamW(leaves(rng))
    optimizer.step()
    assert optimizer.step_count == 0
    set_gradients(optimizer.params, rng)
    optimizer.step()
    optimizer.zero_grad()
    optimizer.step()
    assert optimizer.step_count == 1


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_step_updates_in_place_and_leaves_gradients_alone(make, rng):
    params = leaves(rng)
    optimizer = make(params)
    arrays, before = [p.data for p in params], [p.data.copy() for p in params]
    gradients = set_gradients(params, rng)
    for _ in range(2):
        optimizer.step()
    for p, array, old, gradient in zip(params, arrays, before, gradients, strict=True):
        assert p.data is array and (p.data != old).all()
        np.testing.assert_array_equal(p.grad, gradient)


def test_zero_grad_sets_every_gradient_to_none(rng):
    optimizer = SGD(leaves(rng), lr=0.1)
    set_gradients(optimizer.params, rng)
    optimizer.zero_grad()
    assert [p.grad for p in optimizer.params] == [None, None, None]


def test_params_may_come_from_an_iterator_and_are_kept_in_a_list(rng):
    params = leaves(rng)
    optimizer = SGD(iter(params), lr=0.1)
    assert isinstance(optimizer.params, list) and optimizer.params[0] is params[0]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_copied_model_and_optimizer_train_on_alike_and_together(make, duplicate, rng):
    model = Sequential(Linear(3, 4, rng=0), ReLU(), Linear(4, 1, rng=1))
    pair = (model, make(model.parameters()))
    batches = [(Tensor(rng.normal(size=(5, 3))), Tensor(rng.normal(size=(5, 1)))) for _ in range(20)]

    def train(model, optimizer):
        for x, y in batches:
            optimizer.zero_grad()
            MSELoss()(model(x), y).backward()
            optimizer.step()

    train(*pair)
    twins = duplicate(pair)
    assert [id(p) for p in twins[0].parameters()] == [id(p) for p in twins[1].params]
    train(*twins)
    assert (pair[0].layers[2].weight.data != twins[0].layers[2].weight.data).all()
    train(*pair)
    for p, twin in zip(pair[0].parameters(), twins[0].parameters(), strict=True):
        np.testing.assert_array_equal(p.data, twin.data)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_linear_regression_recovers_weights_and_bias(make, rng):
    x = rng.normal(size=(64, 2))
    y = x @ [[2.0], [-1.0]] + 0.5
    layer = Linear(2, 1, rng=0)
    optimizer = make(layer.parameters())
    # Decay would move the solution away from the true weights.
    optimizer.lr, optimizer.weight_decay = 0.05, 0.0
    for _ in range(2000):
        optimizer.zero_grad()
        MSELoss()(layer(Tensor(x)), Tensor(y)).backward()
        optimizer.step()
    np.testing.assert_allclose(layer.weight.data, [[2.0], [-1.0]], atol=1e-3)
    np.testing.assert_allclose(layer.bias.data, [0.5], atol=1e-3)


P = Tensor(np.zeros(2), requires_grad=True)


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: SGD([], lr=0.1), ValueError, "at least one parameter"),
        (lambda: SGD([np.zeros(2)], lr=0.1), TypeError, "parameter 0 is a ndarray, not a Tensor"),
        (lambda: SGD([P, P], lr=0.1), ValueError, "given twice"),
        (lambda: SGD([P], lr=-0.1), ValueError, "lr must not be negative, but is -0.1"),
        (lambda: SGD([P], lr=float("nan")), ValueError, "lr must not be negative, but is nan"),
        (lambda: SGD([P], lr=0.1, momentum=-1.0), ValueError, "momentum"),
        (lambda: SGD([P], lr=0.1, weight_decay=-1.0), ValueError, "weight_decay"),
        (lambda: AdamW([P], betas=(0.9, 1.0)), ValueError, r"betas must lie in \[0, 1\)"),
        (lambda: AdamW([P], eps=-1.0), ValueError, "eps"),
        (lambda: AdamW([P], weight_decay=-1.0), ValueError, "weight_decay"),
    ],
)
def test_unfit_settings_are_refused_with_the_reason(action, error, message):
    with pytest.raises(error, match=message):
        action()


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        (Tensor([1.0, 1.0]), TypeError, "gradient of parameter 1 is a Tensor, not an ndarray"),
        (np.ones(1), ValueError, r"gradient of parameter 1 has shape \(1,\), the parameter \(2,\)"),
    ],
)
def test_an_unfit_gradient_is_refused_before_anything_changes(gradient, error, message):
    params = [Tensor(np.zeros(2), requires_grad=True) for _ in range(2)]
    params[0].grad, params[1].grad = np.ones(2), gradient
    optimizer = SGD(params, lr=0.1)
    with pytest.raises(error, match=message):
        optimizer.step()
    assert (params[0].data == 0.0).all() and optimizer.step_count == 0


def state_of(optimizer_type: Callable, *shapes: tuple[int, ...]) -> dict:
    params = [Tensor(np.zeros(shape), requires_grad=True) for shape in shapes]
    optimizer = optimizer_type(params)
    for p in params:
        p.grad = np.ones(p.shape)
    optimizer.step()
    return optimizer.state_dict()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (state_of(MAKERS["sgd, momentum"], (2,)), "not one of AdamW"),
        ({"lr": 0.1}, r"not one of AdamW: it has the keys \['lr'\]"),
        (state_of(AdamW, (2,), (2,)), "'first_moment' holds 2 arrays for 1 parameters"),
        (state_of(AdamW, (3,)), r"'first_moment' of parameter 0 has shape \(3,\), the parameter \(2,\)"),
    ],
)
def test_an_unfit_state_is_refused_and_changes_nothing(state, message):
    optimizer = AdamW([Tensor(np.zeros(2), requires_grad=True)], lr=0.7)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == {
        "lr": 0.7,
        "step_count": 0,
        "buffers": {"first_moment": [None], "second_moment": [None]},
    }
