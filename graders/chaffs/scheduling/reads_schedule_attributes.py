"""The trainer reads total_epochs of the scheduler

point: scheduling
cause: scheduler_assumed
bug: The epoch is limited by scheduler.total_epochs, an attribute that other schedulers do not have.
remedy: Use nothing of the scheduler but get_lr(epoch).
source: https://docs.python.org/3/glossary.html#term-duck-typing
bug_id: L12
style: plain
subtle: yes
also_fails: orchestration, checkpointing, history
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr, flat afterwards."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * progress))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    length = 0.0
    for tensor in parameters:
        if tensor.grad is not None:
            for value in tensor.grad.flat:
                length = math.hypot(length, value)
    if length > max_norm:
        shrink = max_norm / length
        for tensor in parameters:
            if tensor.grad is not None:
                tensor.grad = tensor.grad * shrink
    return length


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            epoch = min(self.epoch, self.scheduler.total_epochs)
            self.optimizer.lr = float(self.scheduler.get_lr(epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
        running, count = 0.0, 0
        for p in self.model.parameters():
            p.grad = None
        for count, (features, labels) in enumerate(dataloader, start=1):
            predictions = self.model(features)
            loss_value = self.loss_fn(predictions, labels)
            running += loss_value.item()
            (loss_value * (1 / accumulation_steps)).backward()
            if count % accumulation_steps == 0:
                self.update()
        if count % accumulation_steps:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(running / count)
        return running / count

    def update(self):
        params = self.model.parameters()
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, max_norm=self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in params:
            p.grad = None

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for features, labels in dataloader:
            predictions = self.model(features)
            losses.append(self.loss_fn(predictions, labels).item())
            right.extend(hits(predictions.data, labels.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        os.makedirs(Path(path).parent, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump((self.epoch, self.step, {k: list(v) for k, v in self.history.items()}), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        for name, state in parts.items():
            getattr(self, name).load_state_dict(state)
