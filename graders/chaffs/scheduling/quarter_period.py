"""Only a quarter of a cosine period is used

point: scheduling
cause: formula_wrong
bug: The rate follows cos from 0 to pi/2, which falls slowly at first and steeply at the end.
remedy: Use half a period: (1 + cos(pi * epoch / total_epochs)) / 2.
source: https://github.com/goodfire-ai/spd/issues/311
bug_id: none
style: seeded
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
        self.high = max_lr
        self.low = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        return float(self.low + (self.high - self.low) * np.cos(progress * np.pi / 2))


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
        total, n = 0.0, 0
        self.optimizer.zero_grad()
        for xb, yb in dataloader:
            batch_loss = self.loss_fn(self.model(xb), yb)
            seed = np.full(batch_loss.shape, 1.0 / accumulation_steps)
            batch_loss.backward(seed)
            total += float(batch_loss)
            n += 1
            if n % accumulation_steps == 0:
                self.apply_update()
        if n % accumulation_steps != 0:
            self.apply_update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def apply_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for xb, yb in dataloader:
            out = self.model(xb)
            batch_loss = self.loss_fn(out, yb)
            loss_list.append(batch_loss.item())
            p, t = out.data, yb.data
            if p.ndim == 2 and p.shape[1] > 1:
                if t.ndim == 1:
                    right += int((p.argmax(axis=1) == t.astype(int)).sum())
                    seen += t.shape[0]
                elif set(np.unique(t)) <= {0, 1} and np.all(np.sum(t, axis=1) == 1):
                    right += int((p.argmax(axis=1) == t.argmax(axis=1)).sum())
                    seen += t.shape[0]
        self.model.training = True
        loss_value = float(np.mean(loss_list))
        accuracy = right / seen if seen > 0 else 0.0
        self.history["eval_loss"].append(loss_value)
        return loss_value, accuracy

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
