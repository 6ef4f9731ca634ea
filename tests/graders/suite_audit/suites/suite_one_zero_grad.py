"""A suite that demands zero_grad() in a single place: right before each forward pass."""

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer


class LoggingSGD(SGD):
    def __init__(self, params, lr, calls):
        super().__init__(params, lr=lr)
        self.calls = calls

    def zero_grad(self):
        self.calls.append("zero_grad")
        super().zero_grad()

    def step(self):
        self.calls.append("step")
        super().step()


class LoggingModel(Linear):
    calls = ()

    def forward(self, x):
        self.calls.append("forward")
        return super().forward(x)


def test_zero_grad_comes_right_before_each_forward_pass():
    calls = []
    model = LoggingModel(2, 1)
    model.calls = calls
    trainer = Trainer(model, LoggingSGD(model.parameters(), 0.1, calls), MSELoss())
    batch = (Tensor(np.ones((4, 2))), Tensor(np.ones((4, 1))))
    trainer.train_epoch([batch, batch])
    before = [calls[i - 1] if i else "nothing" for i, call in enumerate(calls) if call == "forward"]
    assert before == ["zero_grad", "zero_grad"]
