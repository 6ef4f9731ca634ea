"""Trainer, schedule and saved state are dataclasses.

free_choices: zero_grad_after_update, call_model, train_method, eval_mode_left_on, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, private_methods,
    checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_kept, streaming, helper_functions
"""

import pickle
from dataclasses import dataclass, field
from math import cos, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            return self.min_lr + (self.max_lr - self.min_lr) * (1 + cos(pi * epoch / self.total_epochs)) / 2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm = sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                np.multiply(p.grad, max_norm / (norm + 1e-6), out=p.grad)
    return norm


@dataclass
class Running:
    """A running mean."""

    total: float = 0.0
    count: int = 0

    def add(self, value, count=1):
        self.total += value
        self.count += count

    @property
    def mean(self):
        return self.total / self.count


def new_history():
    return {"train_loss": [], "eval_loss": [], "learning_rates": []}


@dataclass(eq=False)
class Trainer:
    model: Any
    optimizer: Any
    loss_fn: Any
    scheduler: Any = None
    grad_clip_norm: float | None = None
    epoch: int = field(default=0, init=False)
    step: int = field(default=0, init=False)
    history: dict = field(default_factory=new_history, init=False, repr=False)

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss = Running()
        for x, y in dataloader:
            loss.add(self._accumulate(x, y, accumulation_steps))
            if loss.count % accumulation_steps == 0:
                self._update()
        if loss.count % accumulation_steps != 0:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(loss.mean)
        return loss.mean

    def _accumulate(self, x, y, k):
        loss = self.loss_fn(self.model(x), y)
        (loss / k).backward()
        return loss.item()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        loss, accuracy = Running(), Running()
        for x, y in dataloader:
            out = self.model(x)
            loss.add(self.loss_fn(out, y).item())
            accuracy.add(self._correct(out.data, y.data), len(out.data))
        self.history["eval_loss"].append(loss.mean)
        return loss.mean, accuracy.mean

    @staticmethod
    def _correct(out, target):
        if out.ndim != 2 or out.shape[1] < 2:
            return 0
        if target.ndim == 2:
            if not (np.isin(target, [0, 1]).all() and (target.sum(axis=1) == 1).all()):
                return 0
            target = target.argmax(axis=1)
        return int((out.argmax(axis=1) == target).sum())

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        saved = {"epoch": self.epoch, "step": self.step, "history": self.history}
        saved |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        with open(path, "wb") as f:
            pickle.dump(saved, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            saved = pickle.load(f)
        self.model.load_state_dict(saved.pop("model"))
        self.optimizer.load_state_dict(saved.pop("optimizer"))
        for name, value in saved.items():
            setattr(self, name, value)
