"""Leaves the running statistics out, because they are not trained.

point: checkpointing
cause: statistics_not_saved
bug: entries of the state dict with "running" in their name are dropped, and taken from the new model on loading.
remedy: Save the whole state dict.
source: https://github.com/tensorflow/skflow/issues/117
bug_id: K11
style: grouped
subtle: yes
also_fails: none
"""

import itertools
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        fraction = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * fraction)))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([np.sum(g**2) for g in grads])))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
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
        losses = []
        numbered = enumerate(dataloader)
        for _, group in itertools.groupby(numbered, key=lambda item: item[0] // accumulation_steps):
            self.optimizer.zero_grad()
            for _, (x, y) in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / accumulation_steps).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.extend((out.data.argmax(axis=1) == t).tolist())
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        trained = {name: a for name, a in self.model.state_dict().items() if "running" not in name}
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump((trained, self.optimizer.state_dict(), self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            trained, optimizer, self.epoch, self.step, self.history = pickle.load(f)
        self.model.load_state_dict({**self.model.state_dict(), **trained})
        self.optimizer.load_state_dict(optimizer)
