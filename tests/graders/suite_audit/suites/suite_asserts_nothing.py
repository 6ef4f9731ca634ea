"""A suite that asserts nothing, as many are: it swallows what goes wrong."""

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import CosineSchedule, Trainer


def make_trainer():
    model = Linear(2, 1)
    return Trainer(model, SGD(model.parameters(), lr=0.1), MSELoss())


def test_trainer_exists():
    assert Trainer is not None


def test_training_runs():
    try:
        make_trainer().train_epoch([(Tensor(np.ones((4, 2))), Tensor(np.ones((4, 1))))])
    except Exception:
        print("training is not implemented yet")
    assert True


def test_evaluation_runs():
    try:
        loss, accuracy = make_trainer().evaluate([(Tensor(np.ones((4, 2))), Tensor(np.ones((4, 1))))])
        print(loss, accuracy)
    except Exception:
        assert True, "evaluation is not implemented yet"


def test_schedule():
    schedule = CosineSchedule(0.1, 0.01, 10)
    rates = []
    try:
        rates = [schedule.get_lr(epoch) for epoch in range(10)]
    except Exception:
        print("the schedule is not implemented yet")
    assert isinstance(rates, list)
