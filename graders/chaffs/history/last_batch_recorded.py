"""Records the loss of the last batch.

point: history
cause: train_loss_wrong
bug: train_epoch() returns the mean of the losses but appends the last one to the history.
remedy: Append the mean that is returned.
source: https://github.com/nicknochnack/PyTorchin15/issues/4
bug_id: O11
style: plain
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float((p.grad**2).sum())
    total = math.sqrt(total)
    if total > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / total)
    return total


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
        self.optimizer.zero_grad()
        total, n, loss_value = 0.0, 0, 0.0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss_value = loss.item()
            total += loss_value
            n += 1
            (loss * (1.0 / accumulation_steps)).backward()
            if n % accumulation_steps == 0:
                self.step_now()
        if n % accumulation_steps != 0:
            self.step_now()
        self.epoch += 1
        self.history["train_loss"].append(loss_value)
        return total / n

    def step_now(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total, n, hits, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            total += self.loss_fn(out, y).item()
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += int((out.data.argmax(axis=1) == t).sum())
                    samples += len(t)
        self.history["eval_loss"].append(total / n)
        return total / n, hits / samples if samples else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)
            pickle.dump((self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.model.load_state_dict(pickle.load(f))
            self.optimizer.load_state_dict(pickle.load(f))
            self.epoch, self.step, self.history = pickle.load(f)
