"""A suite with a single test: after some epochs, the loss is lower."""

import numpy as np
from tinytorch.core.layers import Linear
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import SGD
from tinytorch.core.tensor import Tensor
from tinytorch.core.training import Trainer


def test_loss_falls():
    rng = np.random.default_rng(7)
    inputs = rng.normal(size=(32, 2))
    targets = inputs @ np.array([[2.0], [-3.0]]) + 0.5
    batches = [(Tensor(inputs[i : i + 8]), Tensor(targets[i : i + 8])) for i in range(0, 32, 8)]
    model = Linear(2, 1)
    trainer = Trainer(model, SGD(model.parameters(), lr=0.05), MSELoss())
    losses = [trainer.train_epoch(batches) for _ in range(20)]
    assert losses[-1] < 0.01 * losses[0]
    assert np.allclose(model.weight.data, [[2.0], [-3.0]], atol=0.05)
