"""One learning rate per batch instead of per epoch.

point: history
cause: wrong_count
bug: history["learning_rates"] gains an entry for every batch of an epoch.
remedy: Append the rate once, where it is set.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/19275
bug_id: H3
style: plain
subtle: yes
also_fails: none
"""

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
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None)))
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
        self.optimizer.zero_grad()
        total, n = 0.0, 0
        for x, y in dataloader:
            if self.scheduler is not None:
                self.optimizer.lr = self.scheduler.get_lr(self.epoch)
                self.history["learning_rates"].append(self.optimizer.lr)
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            total += loss.item()
            n += 1
            if n % accumulation_steps == 0:
                self.update()
        if n % accumulation_steps != 0:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def update(self):
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
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(self.history, f)
            pickle.dump((self.epoch, self.step), f)
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.history = pickle.load(f)
            self.epoch, self.step = pickle.load(f)
            model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
