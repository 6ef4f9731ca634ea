"""The epoch counter is raised before the rate is looked up

point: scheduling
cause: applied_early
bug: epoch += 1 comes first, so every epoch trains at the rate of the next one.
remedy: Look up the rate before raising the epoch counter.
source: https://github.com/gjy3035/C-3-Framework/issues/96
bug_id: L2
style: plain
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
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float((p.grad**2).sum())
    norm = math.sqrt(total)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self.epoch += 1
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)
        running, count = 0.0, 0
        for p in self.model.parameters():
            p.grad = None
        for count, (x, y) in enumerate(dataloader, start=1):
            pred = self.model(x)
            loss = self.loss_fn(pred, y)
            running += loss.item()
            (loss * (1 / accumulation_steps)).backward()
            if count % accumulation_steps == 0:
                self.update()
        if count % accumulation_steps:
            self.update()
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
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for x, y in dataloader:
            pred = self.model(x)
            total_loss += float(self.loss_fn(pred, y))
            n_batches += 1
            if self._is_classification(pred.data, y.data):
                truth = y.data if y.data.ndim == 1 else np.argmax(y.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(pred.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

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
