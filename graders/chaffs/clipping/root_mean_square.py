"""The mean of squares is used instead of the sum

point: clipping
cause: wrong_norm
bug: The norm is the root of the mean square, so large models are clipped far too late.
remedy: Use the root of the sum of squares, without dividing by the number of entries.
source: https://github.com/HomebrewML/HeavyBall/issues/67
bug_id: none
style: verbose
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
        span = max_lr - min_lr
        self.min_lr = min_lr
        self.table = [
            min_lr + span * (1 + math.cos(math.pi * e / total_epochs)) / 2 for e in range(total_epochs)
        ]

    def get_lr(self, epoch):
        return self.table[epoch] if epoch < len(self.table) else self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    entries = [p.grad.ravel() for p in parameters if p.grad is not None]
    if not entries:
        return 0.0
    norm = float(np.sqrt(np.mean(np.concatenate(entries) ** 2)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": [], "grad_norms": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, batches, since_update = 0.0, 0, 0
        for xb, yb in dataloader:
            if since_update == 0:
                self.optimizer.zero_grad()
            batch_loss = self.loss_fn(self.model(xb), yb)
            (batch_loss / accumulation_steps).backward()
            loss_sum += batch_loss.item()
            batches += 1
            since_update += 1
            if since_update == accumulation_steps:
                self._step_optimizer()
                since_update = 0
        if since_update:
            self._step_optimizer()
        self.epoch += 1
        mean = loss_sum / batches
        self.history["train_loss"].append(mean)
        print("epoch", self.epoch, "mean loss", round(mean, 5))
        return mean

    def _step_optimizer(self):
        if self.grad_clip_norm is not None:
            norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.history["grad_norms"].append(norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for xb, yb in dataloader:
            out = self.model(xb)
            scored.append((self.loss_fn(out, yb).item(), self._accuracy(out.data, yb.data), len(out.data)))
        self.model.training = before
        loss = sum(s[0] for s in scored) / len(scored)
        accuracy = sum(s[1] * s[2] for s in scored) / sum(s[2] for s in scored)
        self.history["eval_loss"].append(loss)
        return loss, float(accuracy)

    def _accuracy(self, logits, wanted):
        if logits.ndim == 1 or logits.shape[1] == 1:
            return 0.0
        if wanted.ndim == 2:
            if not np.array_equal(wanted, np.eye(wanted.shape[1])[wanted.argmax(axis=1)]):
                return 0.0
            wanted = wanted.argmax(axis=1)
        return np.mean(logits.argmax(axis=1) == wanted)

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
