"""Restores only those buffers that the new optimizer has already.

point: checkpointing
cause: optimizer_not_saved
bug: a fresh optimizer has no buffers yet, so the loop that copies the saved ones over finds no place for them.
remedy: Take over the saved state as a whole.
source: https://github.com/ml-explore/mlx/pull/1264
bug_id: K3
style: helpers
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
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


def _fill(own, saved):
    """Return `own` with its values replaced by the saved ones, in the same structure."""
    if isinstance(own, dict):
        return {key: _fill(value, saved[key]) for key, value in own.items()}
    if isinstance(own, list):
        return [_fill(a, b) for a, b in zip(own, saved, strict=True)]
    return own if own is None else saved


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

    def _set_rate(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def _loss(self, x, y):
        out = self.model(x)
        return out, self.loss_fn(out, y)

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._set_rate()
        losses, open_group = [], False
        for x, y in dataloader:
            if not open_group:
                self.optimizer.zero_grad()
            loss = self._loss(x, y)[1]
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            open_group = len(losses) % accumulation_steps > 0
            if not open_group:
                self._update()
        if open_group:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def _hits(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return []
        if y.ndim == 2:
            if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
                return []
            y = y.argmax(axis=1)
        return list(out.argmax(axis=1) == y)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, loss = self._loss(x, y)
            losses.append(loss.item())
            hits += self._hits(out.data, y.data)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = {"epoch": self.epoch, "step": self.step, "history": self.history}
        path.write_bytes(pickle.dumps((own, self.model.state_dict(), self.optimizer.state_dict())))

    def load_checkpoint(self, path):
        own, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.__dict__.update(own)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(_fill(self.optimizer.state_dict(), optimizer))
