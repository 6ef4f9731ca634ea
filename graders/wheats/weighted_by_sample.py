"""Weights each batch's loss by its number of samples, and gives the short group its own length.

free_choices: zero_grad_between, grads_to_none, clear_model_parameters, call_model, train_method,
    mode_restored, scaled_gradients, short_group_by_length, clip_epsilon_absolute, clip_replaces, clip_numpy,
    rates_empty, private_methods, checkpoint_npz, rate_set_each_epoch, mean_by_sample, stale_cleared,
    streaming
"""

import json
import math
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        amplitude = 0.5 * (self.max_lr - self.min_lr)
        centre = self.max_lr - amplitude
        if epoch < self.total_epochs:
            return centre + amplitude * math.cos(math.pi * epoch / self.total_epochs)
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(
        sum(float(np.tensordot(p.grad, p.grad, p.grad.ndim)) for p in parameters if p.grad is not None)
    )
    if norm <= max_norm:
        return norm
    factor = max_norm / (norm + 1e-6)
    for p in parameters:
        if p.grad is not None:
            p.grad = factor * p.grad
    return norm


class WeightedMean:
    def __init__(self):
        self.values, self.weights = [], []

    def add(self, value, weight):
        self.values.append(value)
        self.weights.append(weight)

    def result(self):
        return float(np.average(self.values, weights=self.weights))


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.model.train()
        mean = WeightedMean()
        gathered = 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            mean.add(loss.item(), len(x.data))
            if gathered == 0:
                for p in self.model.parameters():
                    p.grad = None
            loss.backward()
            gathered += 1
            if gathered == accumulation_steps:
                self._apply(gathered)
                gathered = 0
        if gathered:
            self._apply(gathered)
        self.epoch += 1
        self.history["train_loss"].append(mean.result())
        return mean.result()

    def _apply(self, gathered):
        parameters = self.model.parameters()
        for p in parameters:
            if p.grad is not None and gathered > 1:
                p.grad = p.grad / gathered
        if self.grad_clip_norm is not None:
            clip_grad_norm(parameters, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.train(False)
        loss, accuracy = WeightedMean(), WeightedMean()
        for x, y in dataloader:
            out = self.model(x)
            loss.add(self.loss_fn(out, y).item(), len(x.data))
            accuracy.add(self._accuracy(out.data, y.data), len(x.data))
        self.model.train(before)
        self.history["eval_loss"].append(loss.result())
        return loss.result(), accuracy.result()

    def _accuracy(self, scores, y):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0.0
        if y.ndim == 1:
            return float((scores.argmax(axis=1) == y).mean())
        if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
            return float((scores.argmax(axis=1) == y.argmax(axis=1)).mean())
        return 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        optimizer = self.optimizer.state_dict()
        buffers = optimizer.pop("buffers")
        arrays = {f"m {name}": array for name, array in self.model.state_dict().items()}
        for name, buffer in buffers.items():
            arrays |= {f"o {name} {i}": array for i, array in enumerate(buffer) if array is not None}
        facts = {"epoch": self.epoch, "step": self.step, "history": self.history, "optimizer": optimizer}
        facts["buffers"] = {name: len(buffer) for name, buffer in buffers.items()}
        with open(path, "wb") as file:
            np.savez(file, facts=np.array(json.dumps(facts)), **arrays)

    def load_checkpoint(self, path):
        with np.load(path) as saved:
            arrays = dict(saved)
        facts = json.loads(str(arrays.pop("facts")))
        buffers = {
            name: [arrays.get(f"o {name} {i}") for i in range(length)]
            for name, length in facts["buffers"].items()
        }
        self.model.load_state_dict(
            {name[2:]: array for name, array in arrays.items() if name.startswith("m ")}
        )
        self.optimizer.load_state_dict(facts["optimizer"] | {"buffers": buffers})
        self.epoch, self.step, self.history = facts["epoch"], facts["step"], facts["history"]
