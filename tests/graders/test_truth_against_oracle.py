"""The truth of the reference solution against the oracle: the same numbers from code that shares no line.

Data and first parameters are drawn again from the nonce by the lab itself, with the calls of the test cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import tinystack
from graders.evidence import Evidence, PartEvidence
from graders.oracle import clipping, groups, losses, metrics, models, normalisation, schedules, training
from graders.oracle.optimizers import SGD, AdamW
from graders.truth import Truths
from tinystack.lab.nonce import generator, mark
from tinystack.lab.part import Part
from tinystack.lab.problems import regression, xor

NONCES = ("one", "zwei", "trois", "4f0a7c")
ROUNDING = 1e-10
"""Two orders of the same float64 operations, over some 30 updates."""

RECOVERED = 1e-3
FIFTY = [f"nonce {i}" for i in range(50)]

Truth = Mapping[str, Evidence]


@pytest.fixture(scope="module", params=NONCES)
def nonce(request: pytest.FixtureRequest) -> str:
    print(f"nonce={request.param!r}")
    return request.param


@pytest.fixture(scope="module")
def truth(truths: Truths, nonce: str) -> Truth:
    return truths.for_nonce(nonce)


def drawn(nonce: str, experiment: str, part: str) -> Part:
    """The part of an experiment, with its generator where the test cell finds it."""
    names = (nonce, experiment, part)
    return Part(tinystack, generator(*names), mark(*names))


def close(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=ROUNDING, atol=ROUNDING)


def arrays(batches: list[Any]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(inputs.data, targets.data) for inputs, targets in batches]


def parameters_of(model: Any) -> models.Parameters:
    return tuple(p.data.copy() for p in model.parameters())


def footprint_loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
    loss, slope = losses.mean_product(models.linear(parameters, batch[0]), batch[1])
    return loss, models.linear_gradients(batch[0], slope)


def regression_loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
    loss, slope = losses.mean_squared_error(models.linear(parameters, batch[0]), batch[1])
    return loss, models.linear_gradients(batch[0], slope)


def class_loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
    loss, slope = losses.softmax_cross_entropy(
        models.tanh_network(parameters, batch[0]), batch[1].astype(int)
    )
    return loss, models.tanh_network_gradients(parameters, batch[0], slope)[0]


# Footprints: closed forms. Batch j has the gradient w_j at weight j and at the bias, and loss w_j (p_j + b).


def footprint_gradients(footprints: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The gradient of each update, from how heavily it uses each batch."""
    return np.column_stack([weights * footprints, weights @ footprints])


def follows(part: PartEvidence, weights: np.ndarray, rates: list[float]) -> None:
    """Hold gradients, rates and parameters of a part against updates with these weights and rates."""
    gradients = footprint_gradients(part.array("footprints"), weights)
    close(part.array("gradients"), gradients)
    close(part.array("rates"), rates)
    steps = -np.array(rates)[:, None] * gradients
    start = part.array("before")[0]
    close(part.array("after"), start + np.cumsum(steps, axis=0))
    close(part.array("before"), np.vstack([start, part.array("after")[:-1]]))


def footprint_losses(part: PartEvidence, parameters: np.ndarray) -> np.ndarray:
    """The loss of each batch for some parameters."""
    return part.array("footprints") * (parameters[..., :-1] + parameters[..., -1:])


ONE_EACH = np.eye(5)
FOOTPRINT_PARTS = {
    ("orchestration", "batches"): (np.tile(np.eye(5), (2, 1)), 0.1),
    ("zero_grad", "within_epoch"): (np.tile(np.eye(6), (2, 1)), 0.1),
    ("zero_grad", "across_epochs"): (np.tile(np.eye(2), (3, 1)), 0.1),
    ("zero_grad", "across_groups"): (np.tile(groups.weights(4, 2), (2, 1)), 0.1),
    ("zero_grad", "across_a_short_group"): (np.tile(groups.weights(3, 2), (2, 1)), 0.1),
    ("accumulation", "groups_of_two"): (np.vstack([groups.weights(4, 2), groups.weights(4, 4)]), 0.1),
    ("accumulation", "groups_of_three"): (groups.weights(6, 3), 0.1),
    ("accumulation", "short_group"): (np.tile(groups.weights(4, 3), (2, 1)), 0.1),
}


@pytest.mark.parametrize(("experiment", "part"), FOOTPRINT_PARTS)
def test_each_update_uses_its_own_group_and_moves_by_rate_times_gradient(
    truth: Truth, experiment: str, part: str
) -> None:
    weights, rate = FOOTPRINT_PARTS[experiment, part]
    follows(truth[experiment].parts[part], weights, [rate] * len(weights))


def test_a_group_longer_than_its_epoch_is_one_update_and_a_frozen_bias_has_no_gradient(
    truth: Truth, nonce: str
) -> None:
    part = truth["accumulation"].parts["short_group_of_two"]
    weights = np.vstack([groups.weights(5, 3), [[0.0, 0.0, 0.0, 0.0, 1.0 / 3.0]]])
    close(part.array("gradients")[:, :-1], weights * part.array("footprints"))
    assert not part.array("gradients")[:, -1].any() and part.array("rates").tolist() == [0.0] * 3
    problem = drawn(nonce, "accumulation", "short_group_of_two").footprints(5, last_loss=0.0)
    start = training.flat(parameters_of(problem.model))
    np.testing.assert_array_equal(part.array("after"), np.tile(start, (3, 1)))
    each = footprint_losses(part, start)
    assert each[-1] == 0.0
    close(part.numbers("returned"), [np.mean(each), 0.0])


def test_every_update_of_two_epochs_is_clipped_and_with_a_schedule_too(truth: Truth) -> None:
    part = truth["clipping"].parts["every_update"]
    limit = part.number("limit")
    raw = footprint_gradients(part.array("footprints"), np.tile(groups.weights(5, 3), (2, 1)))
    norms = np.sqrt(np.sum(raw**2, axis=1, keepdims=True))
    assert np.all(norms > limit)
    np.testing.assert_allclose(part.array("gradients"), raw * limit / norms, rtol=1e-6)
    np.testing.assert_allclose(part.array("scheduled_gradients"), (raw * limit / norms)[:2], rtol=1e-6)
    close(part.array("scheduled_rates"), [part.array("table")[0]] * 2)


def test_evaluating_between_epochs_moves_no_schedule(truth: Truth) -> None:
    part = truth["modes"].parts["later_rates"]
    for name in ("alone_", "evaluated_"):
        close(part.array(f"{name}rates"), np.repeat(part.array("table")[:3], 2))
        assert part.numbers(f"{name}updates").tolist() == [2, 4, 6]
    around = [[[7.0, np.ones(2), np.ones(1)]] * 2] * 2
    for got, expected in zip(part.items("around"), around, strict=True):
        for one, other in zip(got, expected, strict=True):  # type: ignore[arg-type]
            close(np.hstack([np.ravel(value) for value in one]), np.hstack([np.ravel(v) for v in other]))


@pytest.mark.parametrize("part", ["rate_of_each_epoch", "rate_with_accumulation"])
def test_each_epoch_trains_at_its_entry_of_the_table(truth: Truth, part: str) -> None:
    seen = truth["scheduling"].parts[part]
    halves, lone = groups.weights(4, 2), groups.weights(4, 5)
    epochs = {"rate_of_each_epoch": [np.eye(3)] * 4, "rate_with_accumulation": [halves, halves, lone]}[part]
    table = seen.array("table")
    assert len(table) == len(epochs) + 1 == len(set(table))
    assert (table == 0.0).tolist() == [part == "rate_of_each_epoch" and i == 2 for i in range(len(table))]
    rates = np.repeat(table[:-1], [len(weights) for weights in epochs])
    follows(seen, np.vstack(epochs), list(rates))


def test_without_a_scheduler_the_own_rate_counts_also_when_changed_by_hand(truth: Truth) -> None:
    seen = truth["scheduling"].parts["own_rate"]
    first, last = seen.array("rates")[[0, -1]]
    assert 0.1 <= first <= 0.2 and 0.3 <= last <= 0.4
    follows(seen, np.tile(np.eye(2), (3, 1)), [first] * 4 + [last] * 2)


def test_footprints_are_the_ones_that_the_nonce_draws(truth: Truth, nonce: str) -> None:
    problem = drawn(nonce, "zero_grad", "within_epoch").footprints(6)
    part = truth["zero_grad"].parts["within_epoch"]
    close(part.array("before")[0], training.flat(parameters_of(problem.model)))
    run = training.run(
        parameters_of(problem.model), [arrays(problem.batches)] * 2, footprint_loss, SGD(), [0.1] * 2
    )
    close(part.array("after"), run.after)
    close(part.array("gradients"), run.gradients)
    close(part.numbers("returned"), run.losses)


def test_losses_are_means_of_the_batches_losses_unscaled(truth: Truth, nonce: str) -> None:
    problem = drawn(nonce, "orchestration", "loss").footprints(11)
    part = truth["orchestration"].parts["loss"]
    each = footprint_losses(part, training.flat(parameters_of(problem.model)))
    close(part.numbers("returned"), [np.mean(each[:2]), np.mean(each[2:]), np.mean(each), each[0]])
    close(part.numbers("grouped_returned"), [np.mean(each), each[0]])


def test_the_loss_of_a_batch_is_that_of_the_parameters_before_its_update(truth: Truth, nonce: str) -> None:
    problem = drawn(nonce, "orchestration", "loss_before_update").footprints(1)
    part = truth["orchestration"].parts["loss_before_update"]
    start = training.flat(parameters_of(problem.model))
    close(part.numbers("returned"), footprint_losses(part, start))
    after = start - 0.5 * footprint_gradients(part.array("footprints"), np.eye(1))[0]
    assert abs(footprint_losses(part, after)[0] - part.numbers("returned")[0]) > 0.01


def test_steps_count_updates_and_epochs_count_epochs(truth: Truth, nonce: str) -> None:
    part = truth["orchestration"].parts["counters"]
    assert part.numbers("step").tolist() == part.numbers("updates").tolist() == [3, 5, 8, 9, 10]
    assert part.numbers("epoch").tolist() == [1, 2, 3, 4, 5]
    problem = drawn(nonce, "orchestration", "counters").footprints(3, last_loss=0.0)
    assert footprint_losses(part, training.flat(parameters_of(problem.model)))[-1] == 0.0
    run = training.run(parameters_of(problem.model), [arrays(problem.batches)], footprint_loss, SGD(), [0.1])
    close(part.numbers("returned")[0], run.losses[0])
    close(part.array("rates"), [0.1] * 10)


# Convergence: trajectories.

REGRESSIONS = [("sgd", SGD(), 0.4, 2, 8), ("momentum", SGD(0.6), 0.35, 4, 7)]
"""Part, rule, rate, and numbers of batches and of epochs."""


@pytest.mark.parametrize(("part", "rule", "rate", "batches", "epochs"), REGRESSIONS)
def test_regression_follows_the_formula_of_sgd(
    truth: Truth, nonce: str, part: str, rule: SGD, rate: float, batches: int, epochs: int
) -> None:
    seen, problem = truth["convergence"].parts[part], drawn(nonce, "convergence", part).regression(batches)
    run = training.run(
        parameters_of(problem.model),
        [arrays(problem.batches)] * epochs,
        regression_loss,
        rule,
        [rate] * epochs,
    )
    close(seen.array("gradients"), run.gradients)
    close(seen.array("before"), run.before)
    close(seen.array("after"), run.after)
    close(seen.rows("parameters"), run.after[batches - 1 :: batches])
    close(seen.numbers("returned"), run.losses)


def test_classification_follows_the_formula_of_adamw(truth: Truth, nonce: str) -> None:
    seen, problem = truth["convergence"].parts["adamw"], drawn(nonce, "convergence", "adamw").xor(3)
    start = parameters_of(problem.model)
    run = training.run(start, [arrays(problem.batches)] * 10, class_loss, AdamW(), [0.18] * 10)
    close(seen.rows("parameters"), run.after[2::3])
    close(seen.numbers("returned"), run.losses)


def test_any_stack_follows_the_formula_of_adamw_at_the_rates_of_its_table(truth: Truth, nonce: str) -> None:
    seen, problem = (
        truth["orchestration"].parts["any_stack"],
        drawn(nonce, "orchestration", "any_stack").xor(1),
    )
    *start, frozen = parameters_of(problem.model)
    rates = list(seen.array("table")[:3])

    def loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
        value, gradients = class_loss((*parameters, frozen), batch)
        return value, gradients[:-1]

    rule = AdamW(weight_decay=0.0)
    run = training.run(tuple(start), [arrays(problem.batches)] * 3, loss, rule, rates)
    close(seen.rows("parameters"), np.hstack([run.after, np.tile(frozen.ravel(), (3, 1))]))
    close(seen.array("rates"), rates)
    close(seen.numbers("returned"), run.losses)
    assert seen.numbers("readable").tolist() == [1.0] * 5


def test_inputs_may_have_three_axes_and_a_loader_other_batches_each_time(truth: Truth, nonce: str) -> None:
    seen, part = truth["orchestration"].parts["any_stack"], drawn(nonce, "orchestration", "any_stack")
    part.xor(1)
    part.rate_table(epochs=3)
    parameters = parameters_of(part.draw_state(tinystack.Linear(3, 1)))
    batches = [(part.tensor(4, 2, 3).data, part.tensor(4, 2, 1).data) for _ in range(2)]
    each = [regression_loss(parameters, [side.reshape(8, -1) for side in batch])[0] for batch in batches]
    close(seen.numbers("sequences_returned"), [np.mean(each), each[0]])


@pytest.mark.parametrize(("part", "rule", "rate", "batches", "epochs"), REGRESSIONS)
def test_regression_recovers_the_true_weights_below_the_clipping_threshold(
    part: str, rule: SGD, rate: float, batches: int, epochs: int
) -> None:
    for nonce in FIFTY:
        problem, true = regression(tinystack, generator(nonce, "convergence", part), batches)
        run = training.run(
            parameters_of(problem.model),
            [arrays(problem.batches)] * epochs,
            regression_loss,
            rule,
            [rate] * epochs,
        )
        assert np.max(np.abs(run.after[-1] - true)) < RECOVERED, nonce
        assert np.max(np.linalg.norm(run.gradients, axis=1)) < 1.0, nonce


def test_with_momentum_the_loss_rises_within_epochs_so_that_what_reacts_to_a_rise_shows() -> None:
    _, rule, rate, batches, epochs = REGRESSIONS[1]
    for nonce in FIFTY:
        problem, _ = regression(tinystack, generator(nonce, "convergence", "momentum"), batches)
        data, each = arrays(problem.batches), []

        def noted(parameters: models.Parameters, batch: Any, each: list[float] = each) -> Any:
            loss, gradients = regression_loss(parameters, batch)
            each.append(loss)
            return loss, gradients

        training.run(parameters_of(problem.model), [data] * epochs, noted, rule, [rate] * epochs)
        table = np.array(each).reshape(epochs, batches)
        rises = np.diff(table, axis=1) > 0.1 * table[:, :-1]
        assert rises[:3].any(), nonce


def test_xor_is_learned_without_a_mistake_below_the_clipping_threshold() -> None:
    for nonce in FIFTY:
        problem = xor(tinystack, generator(nonce, "convergence", "adamw"), 3)
        batches = arrays(problem.batches)
        run = training.run(parameters_of(problem.model), [batches] * 10, class_loss, AdamW(), [0.18] * 10)
        assert np.max(np.linalg.norm(run.gradients, axis=1)) < 1.0, nonce
        final = shaped(run.after[-1], parameters_of(problem.model))
        scores = [models.tanh_network(final, inputs) for inputs, _ in batches]
        assert metrics.accuracy(scores, [labels for _, labels in batches]) == 1.0, nonce


def test_the_reference_itself_recovers_the_weights_and_learns_xor(truth: Truth, nonce: str) -> None:
    for part in ("sgd", "momentum"):
        seen = truth["convergence"].parts[part]
        assert np.max(np.abs(seen.rows("parameters")[-1] - seen.array("true_parameters"))) < RECOVERED
    problem = drawn(nonce, "convergence", "adamw").xor(3)
    final = shaped(truth["convergence"].parts["adamw"].rows("parameters")[-1], parameters_of(problem.model))
    batches = arrays(problem.batches)
    scores = [models.tanh_network(final, inputs) for inputs, _ in batches]
    assert metrics.accuracy(scores, [labels for _, labels in batches]) == 1.0


def shaped(vector: np.ndarray, like: models.Parameters) -> models.Parameters:
    """Cut a vector into arrays of the shapes of others."""
    ends = np.cumsum([0, *(p.size for p in like)])
    return tuple(vector[a:b].reshape(p.shape) for (a, b), p in zip(pairwise(ends), like, strict=True))


# Scheduling and clipping: the functions.


def test_rates_follow_the_cosine(truth: Truth, nonce: str) -> None:
    part = drawn(nonce, "scheduling", "formula")
    low, high, total = part.draw(0.01, 0.05), part.draw(0.2, 0.9), int(part.rng.integers(7, 12))
    epochs = [int(epoch) for epoch in part.rng.permutation(total)]
    seen = truth["scheduling"].parts["formula"]
    asked = {
        "inside": [*epochs, *epochs[:3]],
        "again": epochs,
        "after": [total, total + 1, 2 * total, 2 * total + 1, 5 * total],
    }
    for name, at in asked.items():
        close(seen.numbers(name), [schedules.cosine(epoch, high, low, total) for epoch in at])
    close(seen.numbers("beside"), [schedules.cosine(epoch, 2 * high, 2 * low, total) for epoch in epochs])
    close(seen.numbers("to_zero"), [schedules.cosine(epoch, high, 0.0, total) for epoch in (*epochs, total)])
    close(seen.numbers("one_rate"), [high] * 3)
    close(seen.numbers("one_epoch"), [schedules.cosine(epoch, high, low, 1) for epoch in (0, 1, 2)])
    close(seen.numbers("defaults"), [schedules.cosine(epoch) for epoch in (0, 30, 50, 99, 100, 150)])


CLIPPED = {
    "above": ([1.0, 80.0, 0.3], (1.5, 3.0)),
    "below": ([1.0, 2.0], (50.0, 60.0)),
    "missing": ([None, 5.0, None, 1.0], (1.5, 3.0)),
    "nothing": ([None, None], None),
}


def test_clip_grad_norm_scales_by_the_global_norm_and_returns_it(truth: Truth, nonce: str) -> None:
    part, seen = drawn(nonce, "clipping", "function"), truth["clipping"].parts["function"]
    for case, (scales, limits) in CLIPPED.items():
        limit = 1.0 if limits is None else part.draw(*limits)
        shapes = [((4,), (3, 2))[i % 2] for i in range(len(scales))]
        for shape in shapes:
            part.rng.normal(size=shape)  # the parameters, of which nothing depends
        gradients = [
            None if scale is None else part.rng.normal(0.0, scale, shape)
            for scale, shape in zip(scales, shapes, strict=True)
        ]
        norm, clipped = clipping.global_norm(gradients), clipping.clip(gradients, limit)
        close(seen.number(f"{case}_returned"), norm)
        (got,) = seen.items(f"{case}_gradients")
        assert isinstance(got, list) and [g is None for g in got] == [s is None for s in scales]
        for one, other in zip(got, clipped, strict=True):
            if other is not None:
                close(one, other)
        if case != "nothing":  # the contract: norms of at least 1, and away from max_norm
            assert norm >= 1.0 and abs(norm / limit - 1.0) > 0.01
    norm = part.draw(1.4, 1.8)
    close(seen.number("default_returned"), norm)
    (clipped_by_default,) = clipping.clip([norm * np.array([0.6, 0.8])], 1.0)
    close(seen.items("default_gradients"), [[clipped_by_default]])


@pytest.mark.parametrize("part", ["one_batch", "group_above", "group_below", "off"])
def test_the_first_update_uses_the_clipped_mean_of_its_group(truth: Truth, part: str) -> None:
    seen = truth["clipping"].parts[part]
    footprints, limit = seen.array("footprints"), seen.number("limit")
    raw = footprint_gradients(footprints, groups.weights(len(footprints), len(footprints)))
    (expected,) = clipping.clip([raw], limit)
    close(seen.array("gradients"), expected)
    norm = clipping.global_norm([raw])
    assert (norm > limit) == (part in ("one_batch", "group_above"))
    assert norm >= 1.0 and abs(norm / limit - 1.0) > 0.01
    if part == "group_below":
        assert clipping.global_norm([raw * len(footprints)]) > 1.01 * limit


def test_a_group_of_two_gives_the_update_of_one_batch_twice_as_large(truth: Truth, nonce: str) -> None:
    problem = drawn(nonce, "accumulation", "one_large_batch").regression(2)
    inputs, targets = (np.concatenate(side) for side in zip(*arrays(problem.batches), strict=True))
    start = parameters_of(problem.model)
    run = training.run(start, [[(inputs, targets)]], regression_loss, SGD(), [0.4])
    close(
        truth["accumulation"].parts["one_large_batch"].rows("parameters"),
        [training.flat(start), *run.after],
    )


# Modes: statistics, losses in evaluation mode, accuracy.


def noisy_model(part: Part) -> tuple[normalisation.RunningStatistics, models.Parameters]:
    """The model of the modes' cells: running statistics, then gamma, beta, weight and bias."""
    model = tinystack.Sequential(tinystack.BatchNorm(3), tinystack.Dropout(0.5), tinystack.Linear(3, 1))
    part.draw_state(model)
    state = model.state_dict()
    statistics = normalisation.RunningStatistics(
        state["layers.0.running_mean"], state["layers.0.running_var"]
    )
    return statistics, parameters_of(model)


def noise(part: Part, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(part.tensor(6, 3).data, part.tensor(6, 1).data) for _ in range(count)]


@pytest.mark.parametrize("part", ["training_mode", "training_mode_after_evaluate"])
def test_training_moves_the_running_statistics_and_evaluation_does_not(
    truth: Truth, nonce: str, part: str
) -> None:
    lab_part, seen = drawn(nonce, "modes", part), truth["modes"].parts[part]
    statistics, _ = noisy_model(lab_part)
    if part == "training_mode_after_evaluate":
        noise(lab_part, 1)
    rows = [np.concatenate([statistics.mean, statistics.variance])]
    for inputs, _ in noise(lab_part, 2):
        statistics = statistics.after(inputs)
    rows.append(np.concatenate([statistics.mean, statistics.variance]))
    close(seen.rows("statistics"), rows)


def test_evaluation_uses_the_running_statistics_and_leaves_dropout_out(truth: Truth, nonce: str) -> None:
    part = drawn(nonce, "modes", "evaluation_mode")
    statistics, (gamma, beta, weight, bias) = noisy_model(part)
    expected = []
    for count in (1, 2, 9):
        seen = []
        for inputs, targets in noise(part, count):
            hidden = normalisation.scale_and_shift(statistics.normalise(inputs), gamma, beta)
            seen.append(losses.mean_squared_error(models.linear((weight, bias), hidden), targets)[0])
        expected.append([np.mean(seen), 0.0])
    weight, bias = parameters_of(part.draw_state(tinystack.Linear(3, 1)))
    below = [
        losses.mean_product(models.linear((weight, bias - 9.0), x), np.ones((6, 1)))[0]
        for x, _ in noise(part, 2)
    ]
    assert max(below) < 0.0
    expected.append([np.mean(below), 0.0])
    close(truth["modes"].parts["evaluation_mode"].items("evaluated"), expected)


def test_accuracies_are_7_of_11_and_2_of_5(truth: Truth, nonce: str) -> None:
    part, seen = drawn(nonce, "modes", "accuracy"), truth["modes"].parts["accuracy"]
    expected: list[list[float]] = []
    first_batches: list[list[np.ndarray]] = []

    def mean_product(scores: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        return losses.mean_product(scores, np.eye(2)[labels])

    def squared_error(scores: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        return losses.mean_squared_error(scores, np.eye(2)[labels])

    def evaluated(
        model: Any,
        misses: list[tuple[int, ...]],
        kind: str,
        share: float,
        loss: Callable[..., Any] = losses.softmax_cross_entropy,
        shifts: tuple[float, ...] = (0.0,),
    ) -> None:
        weight, bias = parameters_of(model)
        batches = arrays(part.labelled(model, misses, kind))
        first_batches.append([*batches[0]])
        labels = [(t.argmax(axis=1) if t.ndim == 2 else t).astype(int) for _, t in batches]
        for shift in shifts:
            scores = [models.linear((weight, bias + shift), inputs) for inputs, _ in batches]
            assert metrics.accuracy(scores, labels) == share
            each = [loss(s, y)[0] for s, y in zip(scores, labels, strict=True)]
            expected.append([np.mean(each), share])

    for kind in ("integer", "float", "one_hot"):
        model = part.draw_state(tinystack.Linear(4, 3))
        model.parameters()[-1].data -= 9.0
        evaluated(model, [(0, 1, 2, 1), (0,), (0, 0, 0, 2, 0, 0)], kind, 7 / 11)
        evaluated(model, [(0, 1, 2), (0, 1)], kind, 2 / 5)
    two = [(0, 1, 1), (0, 1)]
    evaluated(part.draw_state(tinystack.Linear(4, 2)), two, "integer", 2 / 5, shifts=(-9.0, 9.0))
    for loss in (mean_product, squared_error):
        evaluated(part.draw_state(tinystack.Linear(4, 2)), two, "one_hot", 2 / 5, loss, shifts=(-9.0,))
    close(seen.items("evaluated"), expected)
    for got, (inputs, targets) in zip(seen.items("data"), first_batches, strict=False):
        close(got[0], inputs)  # type: ignore[index]
        close(got[1], targets)  # type: ignore[index]
    assert len(seen.items("data")) == 6


def test_a_regression_has_accuracy_0(truth: Truth) -> None:
    pairs = truth["modes"].parts["accuracy_of_regression"].items("evaluated")
    assert len(pairs) >= 4 and {pair[1] for pair in pairs} == {0.0}  # type: ignore[index]


def test_evaluation_changes_neither_model_nor_optimizer_nor_later_training(truth: Truth, nonce: str) -> None:
    seen = truth["modes"].parts["changes_nothing"]
    for name in ("model", "optimizer"):
        assert np.ptp(seen.rows(name), axis=0).max() == 0.0
    later = truth["modes"].parts["later_training"]
    np.testing.assert_array_equal(later.rows("alone_model"), later.rows("evaluated_model"))
    statistics, start = noisy_model(part := drawn(nonce, "modes", "later_training"))
    noisy_model(part)
    rows = []
    for inputs, _ in noise(part, 3):
        statistics = statistics.after(inputs)
        rows.append(np.concatenate([statistics.mean, statistics.variance]))
    close(later.rows("alone_model")[:, 6:12], rows)  # sorted by name: beta, gamma, running mean and variance
    assert len(start) == 4


# Checkpointing: the run that goes on.


def network_loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
    loss, slope = losses.mean_squared_error(models.tanh_network(parameters, batch[0]), batch[1])
    return loss, models.tanh_network_gradients(parameters, batch[0], slope)[0]


def normalised_loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
    """The same network behind batch normalisation in training mode; gamma and beta come first."""
    (gamma, beta, *rest), (inputs, targets) = parameters, batch
    normal = normalisation.normalise_by_batch(inputs)
    hidden = normalisation.scale_and_shift(normal, gamma, beta)
    loss, slope = losses.mean_squared_error(models.tanh_network(tuple(rest), hidden), targets)
    gradients, of_inputs = models.tanh_network_gradients(tuple(rest), hidden, slope)
    return loss, (*normalisation.scale_and_shift_gradients(normal, of_inputs), *gradients)


def drawn_network(part: Part, normalised: bool = False) -> Any:
    first = [tinystack.BatchNorm(2)] if normalised else []
    return part.draw_state(
        tinystack.Sequential(*first, tinystack.Linear(2, 3), tinystack.Tanh(), tinystack.Linear(3, 1))
    )


def by_name(parameters: models.Parameters, extra: dict[str, np.ndarray]) -> np.ndarray:
    """A model's state as the evidence has it: sorted by name, in which a bias comes before its weight."""
    names = ["0.gamma", "0.beta", "1.weight", "1.bias", "3.weight", "3.bias"][-len(parameters) :]
    state = {**dict(zip(names, parameters, strict=True)), **extra}
    return np.concatenate([state[name].ravel() for name in sorted(state)])


RESUMED: dict[str, tuple[Any, Callable[..., Any]]] = {
    "momentum": (SGD(0.9), network_loss),
    "adamw": (AdamW(), network_loss),
    "batch_norm": (SGD(), normalised_loss),
    "schedule": (SGD(), network_loss),
}


@pytest.mark.parametrize("part", RESUMED)
def test_a_resumed_run_is_the_formula_s_run_of_four_epochs(truth: Truth, nonce: str, part: str) -> None:
    rule, loss = RESUMED[part]
    lab_part, seen = drawn(nonce, "checkpointing", part), truth["checkpointing"].parts[part]
    rates = [0.1, 0.1, 0.03, 0.03] if part == "adamw" else [0.1] * 4
    if part == "schedule":
        lab_part.rate_table(epochs=5)
        rates = list(seen.array("table")[:4])
    batches = [(lab_part.tensor(5, 2).data, lab_part.tensor(5, 1).data) for _ in range(4)]
    batches[1][1][...] += 5.0
    model = drawn_network(lab_part, normalised=part == "batch_norm")
    start = parameters_of(model)
    times = (2, 2, 1, 1)
    epochs = [[batch] * count for batch, count in zip(batches, times, strict=True)]
    run = training.run(start, epochs, loss, rule, rates)
    statistics, extra = None, {}
    if part == "batch_norm":
        layer = model.layers[0]
        statistics = normalisation.RunningStatistics(layer.running_mean.copy(), layer.running_var.copy())
    rows = []
    for (inputs, _), count, row in zip(batches, times, run.after[np.cumsum(times) - 1], strict=True):
        if statistics is not None:
            for _ in range(count):
                statistics = statistics.after(inputs)
            extra = {"0.running_mean": statistics.mean, "0.running_var": statistics.variance}
        rows.append(by_name(shaped(row, start), extra))
    close(seen.rows("unbroken_model"), rows)
    close(seen.rows("saved_model"), [rows[1]] * 2)
    close(seen.rows("loaded_model"), [rows[1]])
    close(seen.rows("resumed_model"), rows[2:])
    close(seen.numbers("unbroken_returned"), run.losses)
    close(seen.numbers("resumed_returned"), run.losses[2:])
    assert seen.items("loaded_counters") == seen.items("saved_counters")[:1] == [[2.0, 4.0]]
    history = seen.value("loaded_history")
    assert isinstance(history, dict)
    close(history["train_loss"], run.losses[:2])
    close(history["learning_rates"], rates[:2] if part == "schedule" else [])


def test_the_last_state_written_to_a_file_is_read_from_it(truth: Truth, nonce: str) -> None:
    part, seen = drawn(nonce, "checkpointing", "same_file"), truth["checkpointing"].parts["same_file"]
    start = parameters_of(drawn_network(part))
    batch = (part.tensor(5, 2).data, part.tensor(5, 1).data)

    def loss(parameters: models.Parameters, batch: Any) -> tuple[float, models.Parameters]:
        value, gradients = network_loss(parameters, batch)
        return value, (*gradients[:-1], np.zeros_like(gradients[-1]))  # the last one is frozen

    run = training.run(start, [[batch]] * 3, loss, SGD(0.9), [0.1] * 3)
    rows = [by_name(shaped(row, start), {}) for row in run.after]
    close(seen.rows("before_model"), rows[:2])
    close(seen.rows("saved_model"), rows[1:2])
    close(seen.rows("after_model"), rows[2:])
    close(seen.rows("loaded_model"), rows[1:2] * 2)
    assert seen.items("trainable") == [[0.0, 0.0]] * 2
    assert seen.value("limit_after_loading") == 3.0
    (gradients,) = seen.items("gradients")
    for gradient, parameter in zip(gradients, start, strict=True):  # type: ignore[arg-type]
        np.testing.assert_array_equal(gradient, np.ones(parameter.shape))
    history = seen.value("saved_history")
    assert isinstance(history, dict) and seen.items("loaded_histories") == [history] * 2
    close(history["train_loss"], run.losses[:2])


# History.


def history_run(nonce: str, part: str, rates: list[float]) -> training.Run:
    """Epochs on the first two of three batches of footprints, one for each rate."""
    lab_part = drawn(nonce, "history", part)
    if part == "learning_rates":
        lab_part.rate_table(epochs=2)
    problem = lab_part.footprints(3, last_loss=2.0)
    batches = arrays(problem.batches)[:2]
    return training.run(parameters_of(problem.model), [batches] * len(rates), footprint_loss, SGD(), rates)


def test_history_holds_the_means_of_the_losses_and_the_rates_of_the_table(truth: Truth, nonce: str) -> None:
    parts = truth["history"].parts
    train, evaluated, rates = (parts[name] for name in ("train_loss", "eval_loss", "learning_rates"))
    for prefix in ("", "other_"):
        series = train.value(f"{prefix}history")["train_loss"]  # type: ignore[index,call-overload]
        np.testing.assert_array_equal(series, train.numbers(f"{prefix}returned"))
    pairs = evaluated.items("evaluated")
    run = history_run(nonce, "eval_loss", [0.1] * 3)
    each = footprint_losses(evaluated, np.vstack([run.before[:1], run.after[1::2]]))
    low = each[:, :2].mean(axis=1)
    close([pair[0] for pair in pairs], [low[0], low[1], each[2, 2], low[3], low[3]])  # type: ignore[index]
    series = evaluated.value("history")["eval_loss"]  # type: ignore[index,call-overload]
    np.testing.assert_array_equal(series, [pair[0] for pair in pairs])  # type: ignore[index]
    loaded, later = evaluated.items("loaded_history")
    assert isinstance(loaded, dict) and isinstance(later, dict) and loaded == evaluated.value("history")
    close(later["eval_loss"], [*series, low[3]])
    recorded = rates.value("history")["learning_rates"]  # type: ignore[index,call-overload]
    intended = rates.array("table")[[0, 1, 2, 2]]
    np.testing.assert_array_equal(recorded, intended)
    close(rates.array("rates"), np.repeat(intended, [2, 2, 2, 1]))
    run = history_run(nonce, "learning_rates", recorded[:3])
    in_one_group = footprint_losses(rates, run.after[-1])[:2].mean()
    close(rates.numbers("returned"), [*run.losses, in_one_group])
