"""Update rules and whole runs of the oracle against numbers worked out by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from graders.oracle import training
from graders.oracle.optimizers import SGD, AdamW


def steps(rule: SGD | AdamW, start: float, gradients: list[float], rate: float) -> list[float]:
    """Return one parameter after each of some updates."""
    parameters, seen = (np.array([start]),), []
    state = rule.start(parameters)
    for gradient in gradients:
        parameters, state = rule.update(parameters, (np.array([gradient]),), rate, state)
        seen.append(float(parameters[0][0]))
    return seen


def test_plain_sgd_moves_by_rate_times_gradient() -> None:
    assert steps(SGD(), 1.0, [2.0, -4.0], 0.25) == [0.5, 1.5]


def test_momentum_keeps_half_of_the_last_velocity() -> None:
    assert steps(SGD(momentum=0.5), 0.0, [1.0, 1.0, 0.0], 1.0) == [-1.0, -2.5, -3.25]


def test_weight_decay_of_sgd_enters_the_velocity() -> None:
    # v = 0.5 * 4 = 2, p = 2; then v = 0.5 * 2 + 0.5 * 2 = 2, p = 0
    assert steps(SGD(momentum=0.5, weight_decay=0.5), 4.0, [0.0, 0.0], 1.0) == [2.0, 0.0]


def test_the_first_update_of_adamw_has_the_size_of_the_rate_whatever_the_gradient() -> None:
    for gradient in (1e-3, 1.0, 50.0):
        assert steps(AdamW(weight_decay=0.0), 0.0, [gradient], 0.1) == pytest.approx([-0.1], rel=1e-4)


def test_the_second_update_of_adamw_worked_out_by_hand() -> None:
    # betas of 1/2: m = 1, then 1/2 + 0 = 1/2; v = 2, then 1. Corrected: m' = 2, then 2/3; v' = 4, then 4/3.
    rule = AdamW(betas=(0.5, 0.5), eps=0.0, weight_decay=0.0)
    assert steps(rule, 0.0, [2.0, 0.0], 1.0) == pytest.approx([-1.0, -1.0 - (2 / 3) / (4 / 3) ** 0.5])


def test_decay_of_adamw_acts_on_the_parameter_alone() -> None:
    assert steps(AdamW(weight_decay=0.5), 4.0, [0.0, 0.0], 0.5) == [3.0, 2.25]


def test_eps_of_adamw_is_added_to_the_root() -> None:
    assert steps(AdamW(eps=1.0, weight_decay=0.0), 0.0, [1.0], 1.0) == pytest.approx([-0.5])


def test_a_run_measures_each_loss_before_its_update_and_uses_the_rate_of_the_epoch() -> None:
    def loss_and_gradients(parameters, batch):
        return float(parameters[0][0]) + batch, (np.ones(1),)

    run = training.run((np.zeros(1),), [[0.0, 10.0], [0.0]], loss_and_gradients, SGD(), [1.0, 0.5])
    assert run.after.ravel().tolist() == [-1.0, -2.0, -2.5]
    assert run.before.ravel().tolist() == [0.0, -1.0, -2.0]
    assert run.losses.tolist() == [4.5, -2.0] and len(run) == 3


def test_nothing_is_changed_in_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for rule in (SGD(0.9, 0.1), AdamW()):
        start = (rng.normal(size=(2, 2)),)
        kept, state = start[0].copy(), rule.start(start)
        _, later = rule.update(start, (np.ones((2, 2)),), 0.1, state)
        np.testing.assert_array_equal(start[0], kept)
        assert repr(state) == repr(rule.start(start)) != repr(later)


def test_the_oracle_imports_numpy_and_itself_alone(repository: Path) -> None:
    imported = set()
    for path in (repository / "graders" / "oracle").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1
    assert imported == {"__future__", "collections", "dataclasses", "math", "numpy", "typing"}
