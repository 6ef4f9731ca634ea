"""A long gradient has its large entries cut off

point: clipping
cause: by_value
bug: If the global norm is too large, entries are limited one by one to max_norm / norm times the largest
    entry.
remedy: Multiply all gradients by max_norm / norm.
source: https://github.com/pytorchbearer/torchbearer/issues/158
bug_id: none
style: gradscale
subtle: yes
also_fails: none
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads))
    if norm > max_norm:
        limit = max_norm / norm * max(float(np.abs(g).max()) for g in grads)
        for p in parameters:
            if p.grad is not None:
                p.grad = np.minimum(np.maximum(p.grad, -limit), limit)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        params = self.optimizer.params
        losses = []
        self.optimizer.zero_grad()
        for index, (sample, wanted) in enumerate(dataloader):
            if index and index % accumulation_steps == 0:
                self._take_step(params, accumulation_steps)
            loss_t = self.loss_fn.forward(self.model.forward(sample), wanted)
            loss_t.backward()
            losses.append(loss_t.item())
        self._take_step(params, (len(losses) - 1) % accumulation_steps + 1)
        self.epoch += 1
        average = float(np.mean(losses))
        self.history["train_loss"].append(average)
        return average

    def _take_step(self, params, size):
        for param in params:
            if param.grad is not None:
                param.grad *= 1.0 / size
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for sample, wanted in dataloader:
            produced = self.model(sample)
            losses.append(self.loss_fn(produced, wanted).item())
            right.extend(hits(produced.data, wanted.data))
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
