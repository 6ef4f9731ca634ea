"""Empties the trainer before it knows that the file exists.

point: checkpointing
cause: missing_file_ignored
bug: load_checkpoint() sets epoch, step and history back before it opens the file; a missing file leaves them so.
remedy: Read the file first, then change the trainer.
source: https://github.com/QwenLM/qwen-code/issues/5357
bug_id: none
style: gradscale
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

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
        self.reset()

    def reset(self):
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, n = [], 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(float(loss.data))
            loss.backward()
            n += 1
            if n == accumulation_steps:
                self.mean_step(n)
                n = 0
        if n:
            self.mean_step(n)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def mean_step(self, n):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / n
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, n = [], 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(float(self.loss_fn(out, y).data))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += int((out.data.argmax(axis=1) == t).sum())
                    n += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), hits / n if n else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump([self.epoch, self.step, self.history], f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        self.reset()
        with Path(path).open("rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            weights, buffers = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(buffers)
