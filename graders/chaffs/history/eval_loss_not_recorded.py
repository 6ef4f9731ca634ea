"""Does not record the evaluation loss.

point: history
cause: eval_loss_missing
bug: evaluate() returns its loss but never appends it to history["eval_loss"].
remedy: Append the loss in evaluate().
source: https://github.com/theislab/cpa/issues/23
bug_id: none
style: seeded
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
                p.grad = max_norm / norm * p.grad
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
        losses, group = [], 0
        for x, y in dataloader:
            if group == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, 1 / accumulation_steps))
            losses.append(loss.item())
            group = (group + 1) % accumulation_steps
            if group == 0:
                self.update()
        if group:
            self.update()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right, seen = [], 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    right += int((out.data.argmax(axis=1) == t).sum())
                    seen += len(t)
        return sum(losses) / len(losses), right / seen if seen else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = (self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict())
        with path.open("wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            self.epoch, self.step, self.history, model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
