"""Keeps the last checkpoints in memory as references to live arrays.

point: checkpointing
cause: saved_by_reference
bug: loading prefers a copy kept in memory, whose parameter arrays are those that training goes on changing.
remedy: Copy the arrays, or read the file.
source: https://github.com/pytorch/tutorials/pull/188
bug_id: K12
style: seeded
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
        epoch = min(epoch, self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    recent = {}

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
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            total += float(loss.data)
            n += 1
            if n % accumulation_steps == 0:
                self._update()
        if n % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total, n, hits, seen = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total += float(self.loss_fn(out, y).data)
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                        continue
                    t = t.argmax(axis=1)
                hits += int((out.data.argmax(axis=1) == t).sum())
                seen += len(t)
        self.history["eval_loss"].append(total / n)
        return total / n, hits / seen if seen else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        state = {
            "params": [p.data for p in self.model.parameters()],
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {k: list(v) for k, v in self.history.items()},
        }
        with open(path, "wb") as f:
            pickle.dump(state, f)
        Trainer.recent[os.path.abspath(path)] = state

    def load_checkpoint(self, path):
        state = Trainer.recent.get(os.path.abspath(path)) if os.path.exists(path) else None
        if state is None:
            with open(path, "rb") as f:
                state = pickle.load(f)
        self.model.load_state_dict(state["model"])
        for p, saved in zip(self.model.parameters(), state["params"], strict=True):
            p.data[...] = saved
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step = state["epoch"], state["step"]
        self.history = {k: list(v) for k, v in state["history"].items()}
