"""What a part records of an optimizer's steps and of a problem, and that the optimizer works as before."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import tinystack
from tinystack.lab.nonce import generator, mark
from tinystack.lab.part import Part
from tinystack.lab.recording import MAX_UPDATES, RateRecorder, Recorder
from tinystack.lab.time_limit import TooManyUpdates


def parameter_and_optimizer() -> tuple[Any, Any]:
    parameter = tinystack.Tensor([1.0, 2.0], requires_grad=True)
    return parameter, tinystack.SGD([parameter], lr=0.5)


def observed(part: Part) -> dict[str, Any]:
    return json.loads(part.evidence())["observed"]


@pytest.mark.parametrize("kind", [Recorder, RateRecorder])
def test_rates_are_those_that_the_steps_used_and_the_steps_are_made(kind):
    parameter, optimizer = parameter_and_optimizer()
    recorder = kind(optimizer)
    for rate in (0.5, 0.25):
        parameter.grad, optimizer.lr = np.array([1.0, -2.0]), rate
        optimizer.step()
        optimizer.lr = 7.0
    assert recorder.rates == [0.5, 0.25]
    np.testing.assert_array_equal(recorder.observed()["rates"], [0.5, 0.25])
    np.testing.assert_array_equal(parameter.data, [0.25, 3.5])
    assert type(optimizer) is tinystack.SGD


def test_a_full_record_has_what_each_step_used_and_did():
    parameter, optimizer = parameter_and_optimizer()
    recorder = Recorder(optimizer)
    parameter.grad = np.array([1.0, -2.0])
    optimizer.step()
    parameter.grad = None
    optimizer.step()
    seen = recorder.observed()
    np.testing.assert_array_equal(seen["gradients"], [[1.0, -2.0], [0.0, 0.0]])
    np.testing.assert_array_equal(seen["before"], [[1.0, 2.0], [0.5, 3.0]])
    np.testing.assert_array_equal(seen["after"], [[0.5, 3.0], [0.5, 3.0]])


@pytest.mark.parametrize("kind", [Recorder, RateRecorder])
def test_a_step_that_fails_is_not_recorded(kind):
    parameter, optimizer = parameter_and_optimizer()
    recorder = kind(optimizer)
    parameter.grad = np.zeros(3)
    with pytest.raises(ValueError, match="shape"):
        optimizer.step()
    assert recorder.rates == [] and all(len(values) == 0 for values in recorder.observed().values())


@pytest.mark.parametrize("kind", [Recorder, RateRecorder])
def test_a_loop_of_updates_without_an_end_is_ended(kind):
    _, optimizer = parameter_and_optimizer()
    kind(optimizer)
    for _ in range(MAX_UPDATES):
        optimizer.step()
    with pytest.raises(TooManyUpdates, match=str(MAX_UPDATES)):
        optimizer.step()


def test_updates_are_counted_only_where_an_optimizer_is_recorded(rng):
    class Trainer:
        """Makes one update per epoch."""

        def __init__(self, optimizer: Any) -> None:
            self.optimizer, self.step, self.epoch = optimizer, 0, 0

        def train_epoch(self, loader: Any) -> float:
            self.optimizer.step()
            return 0.5

    part = Part(tinystack, rng, np.zeros(2))
    counted = Trainer(part.count(parameter_and_optimizer()[1], "counted_"))
    for _ in range(2):
        part.epoch(counted, [], "counted_")
    part.epoch(Trainer(parameter_and_optimizer()[1]), [], "plain_")
    seen = observed(part)
    assert [item["value"] for item in seen["counted_updates"]["items"]] == [1, 2]
    assert seen["counted_rates"]["data"] == [0.5, 0.5]
    assert "counted_gradients" not in seen and "plain_updates" not in seen


def test_propagated_tells_which_batches_losses_were_propagated_back(rng):
    part = Part(tinystack, rng, np.zeros(2))
    problem = part.footprints(3, traced=True)
    inputs, target = problem.batches[1]
    problem.loss(problem.model(inputs), target).backward()
    part.propagated(problem)
    sizes = observed(part)["propagated"]["data"]
    assert [size != 0.0 for size in sizes] == [False, True, False]
    assert sizes[1] == np.abs(inputs.grad).max()


def test_inputs_that_are_not_traced_get_no_gradient(rng):
    problem = Part(tinystack, rng, np.zeros(2)).footprints(1)
    inputs, target = problem.batches[0]
    problem.loss(problem.model(inputs), target).backward()
    assert inputs.grad is None


def test_statistics_are_the_state_without_the_parameters_sorted_by_name(rng):
    part = Part(tinystack, rng, np.zeros(2))
    model = part.draw_state(tinystack.Sequential(tinystack.BatchNorm(2), tinystack.Linear(2, 1)))
    part.statistics("statistics", model)
    layer = model.layers[0]
    (item,) = observed(part)["statistics"]["items"]
    assert item["data"] == [*layer.running_mean, *layer.running_var]


def test_a_mark_depends_on_every_name_and_is_not_what_the_generator_draws():
    names = ("nonce", "experiment", "part")
    marks = {tuple(mark(*names)), tuple(mark("other", *names[1:])), tuple(mark(*names[:2], "other"))}
    assert len(marks) == 3 and all(0.0 <= number < 1.0 for pair in marks for number in pair)
    np.testing.assert_array_equal(mark(*names), mark(*names))
    assert tuple(generator(*names).uniform(size=2)) not in marks
