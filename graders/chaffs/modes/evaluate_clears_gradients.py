"""Evaluation throws the gradients of the training run away.

point: modes
cause: evaluate_gradients
bug: evaluate() calls optimizer.zero_grad(), so gradients that were there before are gone afterwards.
remedy: Leave the gradients alone in evaluate(); clear them in train_epoch().
source: https://github.com/Lightning-AI/pytorch-lightning/pull/18710
bug_id: none
style: gradscale
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.args = (max_lr, min_lr, total_epochs)

    def get_lr(self, epoch):
        top, bottom, total = self.args
        return bottom + (top - bottom) * (1 + np.cos(np.pi * min(epoch, total) / total)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    parameters = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.square(p.grad).sum() for p in parameters)))
    if norm > max_norm:
        for p in parameters:
            p.grad = p.grad * (max_norm / (norm + 1e-8))
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

    def _average_and_step(self, n):
        if n > 1:
            for p in self.optimizer.params:
                if p.grad is not None:
                    p.grad = p.grad * (1.0 / n)
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        values, collected = [], 0
        for x, y in dataloader:
            if collected == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            values.append(loss.item())
            loss.backward()
            collected += 1
            if collected == accumulation_steps:
                self._average_and_step(collected)
                collected = 0
        if collected:
            self._average_and_step(collected)
        self.epoch += 1
        self.history["train_loss"].append(sum(values) / len(values))
        return sum(values) / len(values)

    def evaluate(self, dataloader):
        self.model.training = False
        self.optimizer.zero_grad()
        values, right, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            values.append(self.loss_fn(out, y).item())
            classes = self._to_classes(out.data, y.data)
            if classes is not None:
                right += int(np.equal(out.data.argmax(axis=1), classes).sum())
                total += classes.size
        self.history["eval_loss"].append(sum(values) / len(values))
        return sum(values) / len(values), right / total if total else 0.0

    def _to_classes(self, out, y):
        if out.ndim < 2 or out.shape[1] == 1:
            return None
        if y.ndim == 1:
            return y
        valid = (np.count_nonzero(y, axis=1) == 1).all() and (y.max(axis=1) == 1).all()
        return y.argmax(axis=1) if valid else None

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"m": self.model.state_dict(), "o": self.optimizer.state_dict()}, f)
            pickle.dump({"epoch": self.epoch, "step": self.step, "history": self.history}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            states, rest = pickle.load(f), pickle.load(f)
        self.model.load_state_dict(states["m"])
        self.optimizer.load_state_dict(states["o"])
        self.epoch, self.step, self.history = rest["epoch"], rest["step"], rest["history"]
