"""The weights of the best batch are restored when the epoch ends

point: convergence
cause: parameters_changed
bug: The parameters from before the batch with the lowest loss are written back, and the updates after it
    are lost.
remedy: Keep the parameters that the last update made; save good ones elsewhere if you want them.
source: https://keras.io/api/callbacks/early_stopping/
bug_id: none
style: plain
subtle: yes
also_fails: accumulation
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch: int) -> float:
        fraction = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        wave = 1.0 + np.cos(fraction * np.pi)
        return float(self.min_lr + (self.max_lr - self.min_lr) * wave / 2.0)


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    total = math.fsum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)
    norm = math.sqrt(total)
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is None:
            continue
        p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
        running, count = 0.0, 0
        best, best_weights = float("inf"), None
        for p in self.model.parameters():
            p.grad = None
        for count, (X, Y) in enumerate(dataloader, start=1):
            prediction = self.model(X)
            current = self.loss_fn(prediction, Y)
            running += current.item()
            if current.item() < best:
                best = current.item()
                best_weights = [p.data.copy() for p in self.model.parameters()]
            (current * (1 / accumulation_steps)).backward()
            if count % accumulation_steps == 0:
                self.update()
        if count % accumulation_steps:
            self.update()
        for p, values in zip(self.model.parameters(), best_weights, strict=True):
            p.data = values
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
        for X, Y in dataloader:
            prediction = self.model(X)
            losses.append(self.loss_fn(prediction, Y).item())
            right.extend(hits(prediction.data, Y.data))
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
