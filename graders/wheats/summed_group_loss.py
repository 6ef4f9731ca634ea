"""Adds up the losses of a group as Tensors and runs one backward for the whole group.

free_choices: zero_grad_between, call_model, train_method, mode_restored, scaled_loss, short_group_by_length,
    clip_epsilon_absolute, clip_replaces, clip_numpy, rates_empty, one_backward_per_group, checkpoint_npz,
    rate_set_each_epoch, mean_by_batch, stale_cleared, private_methods, streaming
"""

import functools
import itertools
import math
import operator
import os

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        done = epoch / self.total_epochs
        if done >= 1:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) / (1 + math.tan(math.pi * done / 2) ** 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norms = [float(np.linalg.norm(p.grad)) for p in parameters if p.grad is not None]
    norm = math.dist(norms, [0.0] * len(norms))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = np.divide(p.grad, (norm + 1e-7) / max_norm)
    return norm


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
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        batches = iter(dataloader)
        values = []
        while True:
            losses = [
                self.loss_fn(self.model(x), y) for x, y in itertools.islice(batches, accumulation_steps)
            ]
            if not losses:
                break
            values += [loss.item() for loss in losses]
            mean_loss = functools.reduce(operator.add, losses) / len(losses)
            self.optimizer.zero_grad()
            mean_loss.backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(values) / len(values))
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        pairs = [(self.model(x), y) for x, y in dataloader]
        self.model.training = mode
        values = [self.loss_fn(out, y).item() for out, y in pairs]
        right = sum(self._right(out.data, y.data) for out, y in pairs)
        self.history["eval_loss"].append(sum(values) / len(values))
        return self.history["eval_loss"][-1], right / sum(len(out.data) for out, _ in pairs)

    def _right(self, out, y):
        if out.ndim != 2 or out.shape[1] == 1:
            return 0
        if y.shape == out.shape:
            if ((y * y != y) | (y.sum(axis=1, keepdims=True) != 1)).any():
                return 0
            y = y @ np.arange(y.shape[1])
        return int((out.argmax(axis=1) == y).sum())

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        optimizer = self.optimizer.state_dict()
        present = {name: [a is not None for a in buffer] for name, buffer in optimizer["buffers"].items()}
        arrays = {"model|" + name: array for name, array in self.model.state_dict().items()}
        for name, buffer in optimizer["buffers"].items():
            arrays["present|" + name] = np.array(present[name])
            arrays |= {f"buffer|{name}|{i}": a for i, a in enumerate(buffer) if a is not None}
        arrays |= {"history|" + name: np.array(values, dtype=float) for name, values in self.history.items()}
        with open(path, "wb") as f:
            numbers = {
                "epoch": self.epoch,
                "step": self.step,
                "lr": optimizer["lr"],
                "step_count": optimizer["step_count"],
            }
            np.savez(f, **arrays, **numbers)

    def load_checkpoint(self, path):
        with np.load(path) as npz:
            saved = {key: npz[key] for key in npz.files}
        tree = {"model": {}, "present": {}, "buffer": {}, "history": {}}
        for key, value in saved.items():
            kind, _, name = key.partition("|")
            if kind in tree:
                tree[kind][name] = value
        buffers = {
            name: [tree["buffer"][f"{name}|{i}"] if there else None for i, there in enumerate(flags)]
            for name, flags in tree["present"].items()
        }
        self.model.load_state_dict(tree["model"])
        self.optimizer.load_state_dict(
            {"lr": float(saved["lr"]), "step_count": int(saved["step_count"]), "buffers": buffers}
        )
        self.epoch, self.step = int(saved["epoch"]), int(saved["step"])
        self.history = {name: values.tolist() for name, values in tree["history"].items()}
