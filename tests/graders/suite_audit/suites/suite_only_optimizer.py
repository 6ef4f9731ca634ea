"""A suite in the folder of the training module that tests the optimizer: the trainer is never called."""

import numpy as np
from tinytorch.core.autograd import enable_autograd
from tinytorch.core.layers import Linear
from tinytorch.core.optimizers import SGD, Adam
from tinytorch.core.tensor import Tensor

enable_autograd()


def test_weights_change_after_step():
    layer = Linear(2, 1)
    before = layer.weight.data.copy()
    optimizer = SGD(layer.parameters(), lr=0.1)
    layer(Tensor([[1.0, 2.0]])).sum().backward()
    optimizer.step()
    assert not np.allclose(layer.weight.data, before)


def test_zero_grad_clears_gradients():
    layer = Linear(2, 1)
    optimizer = SGD(layer.parameters(), lr=0.1)
    layer(Tensor([[1.0, 1.0]])).sum().backward()
    optimizer.zero_grad()
    assert layer.weight.grad is None or np.allclose(layer.weight.grad, 0)


def test_loss_decreases():
    layer = Linear(1, 1)
    optimizer = Adam(layer.parameters(), lr=0.01)
    x, target = Tensor([[1.0], [2.0], [3.0]]), Tensor([[2.0], [4.0], [6.0]])
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        difference = layer(x) - target
        loss = (difference * difference).sum()
        losses.append(float(loss.data))
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0]
