"""Each loss is recorded twice.

point: history
cause: wrong_count
bug: the helper that computes the mean records it, and train_epoch() and evaluate() record it again.
remedy: Record in one place only.
source: https://github.com/karpathy/nn-zero-to-hero/pull/10
bug_id: none
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
        theta = math.pi * min(epoch, self.total_epochs) / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(theta)) / 2


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
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _summarise(self, name, losses):
        mean = sum(losses) / len(losses)
        self.history[name].append(mean)
        return mean

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, pending = [], 0
        for x, y in dataloader:
            if not pending:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            pending = len(losses) % accumulation_steps
            if not pending:
                self._update()
        if pending:
            self._update()
        self.epoch += 1
        train_loss = self._summarise("train_loss", losses)
        self.history["train_loss"].append(train_loss)
        return train_loss

    def _hits(self, out, t):
        if out.ndim == 2 and out.shape[1] > 1:
            if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                t = t.argmax(axis=1)
            if t.ndim == 1:
                return (out.argmax(axis=1) == t).tolist()
        return []

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            hits += self._hits(out.data, y.data)
        eval_loss = self._summarise("eval_loss", losses)
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = (self.epoch, self.step, self.history)
        path.write_bytes(pickle.dumps({"own": own, "m": self.model.state_dict(), "o": self.optimizer.state_dict()}))

    def load_checkpoint(self, path):
        saved = pickle.loads(Path(path).read_bytes())
        self.epoch, self.step, self.history = saved["own"]
        self.model.load_state_dict(saved["m"])
        self.optimizer.load_state_dict(saved["o"])
