"""The checkpoint holds no optimizer state.

point: checkpointing
cause: optimizer_not_saved
bug: only the learning rate of the optimizer is saved; momentum, moments and their step count are lost.
remedy: Save optimizer.state_dict() and load it back.
source: https://github.com/p-doom/jasmine/issues/17
bug_id: K1
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
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
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
        self.optimizer.zero_grad()
        total, n = 0.0, 0
        for i, (x, y) in enumerate(dataloader):
            loss = self.loss_fn(self.model(x), y)
            total += loss.item()
            n += 1
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0:
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
        total, n, correct, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total += self.loss_fn(out, y).item()
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    correct += int((out.data.argmax(axis=1) == t).sum())
                    samples += len(t)
        self.history["eval_loss"].append(total / n)
        return total / n, correct / samples if samples else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "epoch": self.epoch,
                    "step": self.step,
                    "model": self.model.state_dict(),
                    "lr": self.optimizer.lr,
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.model.load_state_dict(state["model"])
        self.optimizer.lr = state["lr"]
        self.history = state["history"]
