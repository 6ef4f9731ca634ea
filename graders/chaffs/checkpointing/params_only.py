"""Saves parameters only.

point: checkpointing
cause: statistics_not_saved
bug: the checkpoint holds model.parameters(), which leaves out the running statistics of BatchNorm.
remedy: Save model.state_dict(), which holds parameters and running statistics.
source: https://github.com/torch/nn/issues/1165
bug_id: K11
style: gradscale
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch > self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad * p.grad)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
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
        losses, n = [], 0
        for x, y in dataloader:
            if n == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            losses.append(loss.item())
            n += 1
            if n == accumulation_steps:
                self.update(n)
                n = 0
        if n > 0:
            self.update(n)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def update(self, n):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / n
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not np.array_equal(t, np.eye(t.shape[1])[t.argmax(axis=1)]):
                        continue
                    t = t.argmax(axis=1)
                hits += int((out.data.argmax(axis=1) == t).sum())
                total += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), hits / total if total else 0.0

    def _get_model_state(self):
        return {i: p.data.copy() for i, p in enumerate(self.model.parameters())}

    def _set_model_state(self, state):
        for i, p in enumerate(self.model.parameters()):
            p.data[...] = state[i]

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "epoch": self.epoch,
                    "step": self.step,
                    "model_state": self._get_model_state(),
                    "optimizer_state": self.optimizer.state_dict(),
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["step"]
        self.history = checkpoint["history"]
        self._set_model_state(checkpoint["model_state"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
