"""MSELoss and CrossEntropyLoss."""

from __future__ import annotations

import autograd.numpy as anp
import numpy as np
import pytest

from tinystack import CrossEntropyLoss, MSELoss, Tensor


def log_softmax(logits):
    return logits - anp.log(anp.sum(anp.exp(logits), axis=1, keepdims=True))


def with_dtype(values: np.ndarray, dtype: type) -> Tensor:
    target = Tensor(values)
    target.data = values.astype(dtype)
    return target


@pytest.mark.parametrize("shape", [(), (5,), (4, 1), (4, 3)], ids=str)
def test_mse_is_the_mean_over_all_elements(shape, rng, check_gradients):
    pred, target = rng.normal(size=shape), rng.normal(size=shape)
    check_gradients(MSELoss(), lambda p, t: anp.mean((p - t) ** 2), [pred, target])


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint8, np.float64, np.float32])
@pytest.mark.parametrize("classes", [1, 2, 5])
def test_cross_entropy_of_class_indices(classes, dtype, rng, check_gradients):
    labels = rng.integers(0, classes, 7)
    target = with_dtype(labels, dtype)
    check_gradients(
        lambda logits: CrossEntropyLoss()(logits, target),
        lambda logits: -anp.mean(log_softmax(logits)[np.arange(7), labels]),
        [rng.normal(size=(7, classes), scale=3.0)],
    )


def test_cross_entropy_of_one_hot_rows_equals_that_of_indices(rng, check_gradients):
    labels = rng.integers(0, 3, 6)
    one_hot = np.eye(3)[labels]
    logits = rng.normal(size=(6, 3))
    check_gradients(
        lambda x: CrossEntropyLoss().forward(x, Tensor(one_hot)),
        lambda x: -anp.mean(anp.sum(one_hot * log_softmax(x), axis=1)),
        [logits],
    )
    by_rows, by_index = (CrossEntropyLoss()(Tensor(logits), Tensor(t)).item() for t in (one_hot, labels))
    assert by_rows == pytest.approx(by_index, rel=1e-14)


def test_cross_entropy_accepts_any_weights_per_class(rng, check_gradients):
    weights = rng.uniform(0.0, 2.0, (4, 3))
    check_gradients(
        lambda x: CrossEntropyLoss()(x, Tensor(weights)),
        lambda x: -anp.mean(anp.sum(weights * log_softmax(x), axis=1)),
        [rng.normal(size=(4, 3))],
    )


@pytest.mark.filterwarnings("error")
def test_cross_entropy_of_huge_logits_is_exact_and_silent():
    logits = Tensor([[1e4, 0.0], [-1e4, 0.0]], requires_grad=True)
    loss = CrossEntropyLoss()(logits, Tensor([1, 1]))
    loss.backward()
    assert loss.item() == 5000.0
    np.testing.assert_array_equal(logits.grad, [[0.5, -0.5], [0.0, 0.0]])


@pytest.mark.parametrize("loss_fn", [MSELoss(), CrossEntropyLoss()])
def test_losses_are_scalar_tensors_and_leave_their_inputs_alone(loss_fn, rng):
    pred = Tensor(rng.normal(size=(4, 2)), requires_grad=True)
    target = Tensor(np.eye(2)[[0, 1, 1, 0]])
    before = pred.data.copy(), target.data.copy()
    loss = loss_fn(pred, target)
    loss.backward()
    assert isinstance(loss, Tensor) and loss.shape == () and type(loss.data) is np.ndarray
    np.testing.assert_array_equal(pred.data, before[0])
    np.testing.assert_array_equal(target.data, before[1])
    assert loss_fn(Tensor(pred.data), target).is_leaf


def test_backward_twice_through_a_fused_loss_adds_the_same_again(rng):
    pred = Tensor(rng.normal(size=(4, 2)), requires_grad=True)
    loss = CrossEntropyLoss()(pred, Tensor([0, 1, 1, 0]))
    loss.backward()
    once = pred.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(pred.grad, 2 * once)


LOGITS = Tensor(np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("loss_fn", "pred", "target", "error", "message"),
    [
        (MSELoss(), Tensor([[1.0], [2.0]]), Tensor([1.0, 2.0]), ValueError, r"pred \(2, 1\) and target"),
        (MSELoss(), Tensor([1.0]), np.array([1.0]), TypeError, "target is a ndarray"),
        (MSELoss(), 1.0, Tensor(1.0), TypeError, "pred is a float"),
        (CrossEntropyLoss(), LOGITS, [0, 1], TypeError, "target is a list"),
        (CrossEntropyLoss(), Tensor([1.0, 2.0]), Tensor([0, 1]), ValueError, r"logits of shape \(N, C\)"),
        (CrossEntropyLoss(), LOGITS, Tensor([0, 1, 2]), ValueError, r"not a target of shape \(3,\)"),
        (CrossEntropyLoss(), LOGITS, Tensor([[0], [1]]), ValueError, r"not a target of shape \(2, 1\)"),
        (CrossEntropyLoss(), LOGITS, Tensor([0, 3]), ValueError, r"3.0 of sample 1 is not one of 0\.\.2"),
        (CrossEntropyLoss(), LOGITS, Tensor([-1, 0]), ValueError, "label -1.0 of sample 0"),
        (CrossEntropyLoss(), LOGITS, Tensor([0.0, 0.5]), ValueError, "label 0.5 of sample 1"),
        (CrossEntropyLoss(), LOGITS, Tensor([np.nan, 0.0]), ValueError, "label nan of sample 0"),
    ],
)
def test_unfit_predictions_and_targets_are_refused_with_the_reason(loss_fn, pred, target, error, message):
    with pytest.raises(error, match=message):
        loss_fn(pred, target)
