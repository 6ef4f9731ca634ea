"""The nine tests as asserts, as one writes them for nbgrader alone."""

from __future__ import annotations

SETTING = """
class Model(Module):
    def __init__(self):
        self.layer = Linear(2, 1, seed=1)

    def forward(self, x):
        return self.layer(x)


def batches(count=4):
    rng = np.random.default_rng(7)
    return [(Tensor(rng.normal(size=(3, 2))), Tensor(rng.normal(size=(3, 1)))) for _ in range(count)]


def by_hand(loader, lr=0.1, group=1, most=None):
    model = Model()
    w, b = model.layer.weight.data.copy(), model.layer.bias.data.copy()
    for start in range(0, len(loader), group):
        gw, gb = np.zeros_like(w), np.zeros_like(b)
        for x, y in loader[start : start + group]:
            error = x.data @ w + b - y.data
            gw += 2 * x.data.T @ error / error.size / group
            gb += 2 * error.sum(axis=0) / error.size / group
        norm = np.sqrt((gw**2).sum() + (gb**2).sum())
        if most is not None and norm > most:
            gw, gb = gw * most / norm, gb * most / norm
        w, b = w - lr * gw, b - lr * gb
    return w, b


def trained(loader, lr=0.1, epochs=1, scheduler=None, most=None, **options):
    model = Model()
    trainer = Trainer(model, SGD(model.parameters(), lr=lr), MSELoss(), scheduler, most)
    losses = [trainer.train_epoch(loader, **options) for _ in range(epochs)]
    return trainer, losses


def close(model, expected):
    layer = model.layer
    return np.allclose(layer.weight.data, expected[0]) and np.allclose(layer.bias.data, expected[1])
"""

CELLS = {
    "orchestration": """
trainer, losses = trained(batches(), lr=0.0, epochs=2)
assert trainer.epoch == 2 and trainer.step == 8
assert abs(losses[0] - losses[1]) < 1e-12 and isinstance(losses[0], float)
""",
    "zero_grad": """
trainer, _ = trained(batches())
assert close(trainer.model, by_hand(batches()))
""",
    "convergence": """
loader = [(x, Tensor(x.data @ np.array([[0.5], [-0.3]]) + 0.1)) for x, _ in batches(8)]
trainer, losses = trained(loader, epochs=40)
assert losses[-1] < 1e-3
assert np.allclose(trainer.model.layer.weight.data, [[0.5], [-0.3]], atol=0.05)
""",
    "scheduling": """
schedule = CosineSchedule(0.2, 0.1, 4)
assert abs(schedule.get_lr(0) - 0.2) < 1e-12
assert abs(schedule.get_lr(2) - 0.15) < 1e-12
assert schedule.get_lr(9) == 0.1
""",
    "clipping": """
parameter = Tensor(np.zeros(2), requires_grad=True)
parameter.grad = np.array([3.0, 4.0])
assert abs(clip_grad_norm([parameter], 1.0) - 5.0) < 1e-12
assert np.allclose(parameter.grad, [0.6, 0.8])
""",
    "accumulation": """
trainer, _ = trained(batches(), accumulation_steps=2)
assert trainer.step == 2
""",
    "modes": """
trainer, _ = trained(batches())
before = trainer.model.layer.weight.data.copy()
loss, accuracy = trainer.evaluate(batches())
assert trainer.model.training and np.array_equal(before, trainer.model.layer.weight.data)
""",
    "history": """
trainer, losses = trained(batches(), epochs=2)
assert len(trainer.history["train_loss"]) == 2 and abs(trainer.history["train_loss"][1] - losses[1]) < 1e-12
""",
    "checkpointing": """
trainer, _ = trained(batches())
trainer.save_checkpoint("plain.checkpoint")
other, _ = trained(batches(2))
other.load_checkpoint("plain.checkpoint")
assert other.step == 4 and np.array_equal(other.model.layer.weight.data, trainer.model.layer.weight.data)
""",
}
