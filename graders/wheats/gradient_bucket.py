"""Clears before every backward and adds gradients up in buffers of its own, handed back for the update.

free_choices: zero_grad_between, call_model, train_method, mode_restored, scaled_gradients,
    short_group_by_length, clip_epsilon_relative, clip_replaces, clip_numpy, rates_empty, helper_functions,
    checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming, clip_own_helper
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return (
            self.max_lr
            - (self.max_lr - self.min_lr) * (1 - math.cos(math.pi * epoch / self.total_epochs)) / 2
        )


def norm_of(arrays):
    return math.sqrt(math.fsum(float(np.sum(a * a)) for a in arrays if a is not None))


def clipped(arrays, max_norm):
    """The arrays, scaled by one factor if their norm is above max_norm."""
    norm = norm_of(arrays)
    if norm <= max_norm:
        return arrays
    return [None if a is None else a * (max_norm / norm * (1 - 1e-7)) for a in arrays]


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters]
    for p, g in zip(parameters, clipped(grads, max_norm), strict=True):
        p.grad = g
    return norm_of(grads)


class Bucket:
    def __init__(self, parameters):
        self.parameters = parameters
        self.sums = [None] * len(parameters)
        self.count = 0

    def collect(self):
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                self.sums[i] = p.grad.copy() if self.sums[i] is None else self.sums[i] + p.grad
        self.count += 1

    def means(self):
        return [None if s is None else s / self.count for s in self.sums]


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
        losses = []
        bucket = Bucket(self.optimizer.params)
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            self.optimizer.zero_grad()
            loss.backward()
            bucket.collect()
            if bucket.count == accumulation_steps:
                self.empty(bucket)
                bucket = Bucket(self.optimizer.params)
        if bucket.count:
            self.empty(bucket)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def empty(self, bucket):
        means = bucket.means()
        if self.grad_clip_norm is not None:
            means = clipped(means, self.grad_clip_norm)
        for p, g in zip(bucket.parameters, means, strict=True):
            p.grad = g
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, right, samples = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            right += self.right(out.data, y.data)
            samples += len(out.data)
        self.model.training = mode
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], right / samples

    @classmethod
    def right(cls, scores, y):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0
        if y.ndim == 1:
            return int((scores.argmax(axis=1) == y).sum())
        labels = y.argmax(axis=1)
        return cls.right(scores, labels) if np.array_equal(y, np.eye(y.shape[1])[labels]) else 0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump({"epoch": self.epoch, "step": self.step, "history": self.history}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            for name, state in pickle.load(f).items():
                getattr(self, name).load_state_dict(state)
            for name, value in pickle.load(f).items():
                setattr(self, name, value)
