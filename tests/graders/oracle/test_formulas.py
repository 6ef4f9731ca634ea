"""The oracle against numbers worked out by hand, and its gradients against central differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graders.oracle import clipping, groups, losses, metrics, models, normalisation, schedules

STEP, DIFFERENCE = 1e-6, 1e-8
"""Central differences err by about STEP^2 from truncation, and 1e-16 / STEP from rounding."""


def slopes(f, array: np.ndarray) -> np.ndarray:
    """Return the gradient of f, a function of `array`, by central differences."""
    gradient = np.zeros(array.shape)
    for index in np.ndindex(*array.shape):
        step = np.zeros(array.shape)
        step[index] = STEP
        gradient[index] = (f(array + step) - f(array - step)) / (2 * STEP)
    return gradient


def test_mean_squared_error_of_residuals_1_and_3_is_5() -> None:
    loss, gradient = losses.mean_squared_error(np.array([[2.0], [5.0]]), np.array([[1.0], [2.0]]))
    assert loss == 5.0
    np.testing.assert_array_equal(gradient, [[1.0], [3.0]])


def test_cross_entropy_of_equal_logits_is_log_of_the_number_of_classes() -> None:
    loss, gradient = losses.softmax_cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    assert loss == pytest.approx(math.log(4), rel=1e-15)
    np.testing.assert_allclose(gradient[0], [-0.375, 0.125, 0.125, 0.125], rtol=1e-15)


def test_cross_entropy_takes_odds_of_three_to_one() -> None:
    loss, _ = losses.softmax_cross_entropy(np.array([[math.log(3.0), 0.0]]), np.array([0]))
    assert loss == pytest.approx(math.log(4 / 3), rel=1e-14)


def test_softmax_survives_large_logits() -> None:
    np.testing.assert_array_equal(losses.softmax(np.array([[1e4, 0.0]])), [[1.0, 0.0]])


def test_mean_product_has_a_gradient_without_the_predictions() -> None:
    loss, gradient = losses.mean_product(np.array([[2.0], [-1.0]]), np.array([[3.0], [4.0]]))
    assert loss == 1.0
    np.testing.assert_array_equal(gradient, [[1.5], [2.0]])


def test_a_linear_model_and_its_gradient() -> None:
    parameters = (np.array([[2.0], [-1.0]]), np.array([0.5]))
    np.testing.assert_array_equal(models.linear(parameters, np.array([[1.0, 3.0]])), [[-0.5]])
    weight, bias = models.linear_gradients(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([[1.0], [10.0]]))
    np.testing.assert_array_equal(weight, [[21.0], [3.0]])
    np.testing.assert_array_equal(bias, [11.0])


def test_a_network_whose_hidden_layer_is_at_rest_returns_its_last_bias() -> None:
    parameters = (np.zeros((2, 3)), np.zeros(3), np.ones((3, 2)), np.array([4.0, -1.0]))
    np.testing.assert_array_equal(models.tanh_network(parameters, np.ones((5, 2))), [[4.0, -1.0]] * 5)


def test_backprop_agrees_with_central_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = ((2, 3), (3,), (3, 2), (2,))
    parameters = tuple(rng.normal(size=shape) for shape in shapes)
    inputs, labels = rng.normal(size=(4, 2)), np.array([0, 1, 1, 0])

    def loss(*parameters: np.ndarray, inputs: np.ndarray = inputs) -> float:
        return losses.softmax_cross_entropy(models.tanh_network(parameters, inputs), labels)[0]

    _, slope = losses.softmax_cross_entropy(models.tanh_network(parameters, inputs), labels)
    gradients, of_inputs = models.tanh_network_gradients(parameters, inputs, slope)
    for i, gradient in enumerate(gradients):
        numeric = slopes(lambda p, i=i: loss(*parameters[:i], p, *parameters[i + 1 :]), parameters[i])
        np.testing.assert_allclose(gradient, numeric, atol=DIFFERENCE)
    numeric = slopes(lambda x: loss(*parameters, inputs=x), inputs)
    np.testing.assert_allclose(of_inputs, numeric, atol=DIFFERENCE)


def test_running_statistics_move_a_tenth_of_the_way_to_mean_and_unbiased_variance() -> None:
    start = normalisation.RunningStatistics(np.array([10.0]), np.array([4.0]))
    after = start.after(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(after.mean, [9.2], rtol=1e-15)  # 0.9 * 10 + 0.1 * 2
    np.testing.assert_allclose(after.variance, [3.8], rtol=1e-15)  # 0.9 * 4 + 0.1 * 2
    np.testing.assert_array_equal(start.mean, [10.0])


def test_two_samples_are_normalised_to_minus_one_and_one() -> None:
    normal = normalisation.normalise_by_batch(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(normal, [[-1.0], [1.0]], rtol=normalisation.EPSILON)
    running = normalisation.RunningStatistics(np.array([1.0]), np.array([4.0]))
    np.testing.assert_allclose(running.normalise(np.array([[5.0]])), [[2.0]], rtol=normalisation.EPSILON)


def test_gradients_of_scale_and_shift() -> None:
    normal, gradient = np.array([[-1.0], [1.0]]), np.array([[2.0], [5.0]])
    np.testing.assert_array_equal(normalisation.scale_and_shift(normal, np.array([3.0]), 1.0), [[-2], [4]])
    gamma, beta = normalisation.scale_and_shift_gradients(normal, gradient)
    assert (gamma.tolist(), beta.tolist()) == ([3.0], [7.0])


@pytest.mark.parametrize(
    ("epoch", "rate"), [(0, 0.9), (1, 0.5 + 0.4 / math.sqrt(2)), (2, 0.5), (4, 0.1), (5, 0.1), (400, 0.1)]
)
def test_the_cosine_begins_high_is_half_way_in_the_middle_and_stays_low(epoch: int, rate: float) -> None:
    assert schedules.cosine(epoch, max_lr=0.9, min_lr=0.1, total_epochs=4) == pytest.approx(rate, rel=1e-14)


def test_the_global_norm_of_3_and_4_is_5_whatever_is_missing() -> None:
    assert clipping.global_norm([np.array([[3.0]]), None, np.array([4.0])]) == 5.0
    assert clipping.global_norm([None]) == 0.0


def test_clipping_scales_all_gradients_by_one_factor_and_only_above_the_limit() -> None:
    gradients = [np.array([3.0]), None, np.array([4.0])]
    clipped = clipping.clip(gradients, 1.0)
    assert clipped[1] is None
    np.testing.assert_allclose([clipped[0], clipped[2]], [[0.6], [0.8]], rtol=1e-15)
    np.testing.assert_array_equal(clipping.clip(gradients, 5.0)[0], [3.0])


def test_groups_share_their_weight_and_the_last_may_be_short() -> None:
    np.testing.assert_array_equal(groups.weights(3, 2), [[0.5, 0.5, 0.0], [0.0, 0.0, 0.5]])
    np.testing.assert_array_equal(groups.weights(2, 1), np.eye(2))


def test_accuracy_counts_samples_and_not_batches() -> None:
    scores = [np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0]])]
    assert metrics.accuracy(scores, [np.array([0, 1, 0]), np.array([1])]) == 0.5
