"""Takes paths as strings only.

point: checkpointing
cause: folder_not_made
bug: path + ".tmp" is a TypeError for a pathlib.Path, so nothing is written.
remedy: Convert the path with str() or os.fspath() first.
source: https://github.com/conservationtechlab/animl-py/issues/117
bug_id: none
style: grouped
subtle: no
also_fails: none
"""

import os
import pickle
from itertools import islice

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in parameters if p.grad is not None)))
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

    def train_group(self, group):
        losses = []
        self.optimizer.zero_grad()
        for x, y in group:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / len(group)).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return losses

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, batches = [], iter(dataloader)
        while group := list(islice(batches, accumulation_steps)):
            losses += self.train_group(group)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

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
                    hits += (out.data.argmax(axis=1) == t).tolist()
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        temporary = path + ".tmp"
        with open(temporary, "wb") as f:
            pickle.dump((self.epoch, self.step, self.history), f)
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
        os.replace(temporary, path)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
