"""Records the mean of the scaled losses.

point: history
cause: train_loss_wrong
bug: the history gets the mean of loss / accumulation_steps, while the unscaled mean is returned.
remedy: Append the unscaled mean that is returned.
source: https://github.com/TrenTorch/TrenTorch/pull/187
bug_id: H10
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = min(epoch / self.total_epochs, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * x)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, logged = [], []
        it = iter(dataloader)
        while group := list(islice(it, accumulation_steps)):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                scaled = loss / accumulation_steps
                scaled.backward()
                losses.append(loss.item())
                logged.append(scaled.item())
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(logged) / len(logged))
        return sum(losses) / len(losses)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.extend((out.data.argmax(axis=1) == t).tolist())
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        parts = (self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history)
        Path(path).write_bytes(pickle.dumps(parts))

    def load_checkpoint(self, path):
        model, optimizer, self.epoch, self.step, self.history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
