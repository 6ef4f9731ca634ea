"""Returns the loss before it is recorded.

point: history
cause: train_loss_missing
bug: the line that appends to history["train_loss"] comes after the return statement.
remedy: Append first, then return.
source: https://github.com/nitrain/nitrain/pull/86
bug_id: none
style: helpers
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        e = min(epoch, self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * e / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _learn(self, x, y, k):
        loss = self.loss_fn(self.model(x), y)
        (loss * (1.0 / k)).backward()
        return loss.item()

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._begin_epoch()
        losses = []
        for x, y in dataloader:
            losses.append(self._learn(x, y, accumulation_steps))
            if len(losses) % accumulation_steps == 0:
                self._apply()
        if len(losses) % accumulation_steps:
            self._apply()
        return self._end_epoch(losses)

    def _begin_epoch(self):
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _end_epoch(self, losses):
        self.epoch += 1
        mean = sum(losses) / len(losses)
        return mean
        self.history["train_loss"].append(mean)

    def _labels(self, out, t):
        if out.ndim == 2 and out.shape[1] > 1:
            if t.ndim == 1:
                return t
            if np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                return t.argmax(axis=1)
        return None

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, n = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            labels = self._labels(out.data, y.data)
            if labels is not None:
                hits += int((out.data.argmax(axis=1) == labels).sum())
                n += len(labels)
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, hits / n if n else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {"own": (self.epoch, self.step, self.history)}
        state |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["own"]
