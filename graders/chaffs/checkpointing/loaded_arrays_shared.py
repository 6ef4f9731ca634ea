"""Gives the arrays of a cached checkpoint to the model itself.

point: checkpointing
cause: saved_by_reference
bug: files are read once and kept; the parameters become the kept arrays, which training then changes.
remedy: Copy the loaded arrays into the parameters.
source: https://github.com/AUTOMATIC1111/stable-diffusion-webui/pull/4283
bug_id: K12
style: helpers
subtle: yes
also_fails: none
"""

import copy
import math
import os
import pickle
from pathlib import Path

import numpy as np

_FILES = {}


def _read(path):
    key = (os.path.abspath(path), os.stat(path).st_mtime_ns)
    if key not in _FILES:
        _FILES[key] = pickle.loads(Path(path).read_bytes())
    return _FILES[key]


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
        self.epoch = self.step = 0
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

    def _record(self, key, losses):
        self.history[key].append(sum(losses) / len(losses))
        return self.history[key][-1]

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._set_rate()
        losses, pending = [], 0
        for x, y in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            pending = (pending + 1) % accumulation_steps
            if pending == 0:
                self._update()
        if pending:
            self._update()
        self.epoch += 1
        return self._record("train_loss", losses)

    def _count(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return 0, 0
        if y.ndim == 2:
            if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
                return 0, 0
            y = y.argmax(axis=1)
        return int((out.argmax(axis=1) == y).sum()), len(y)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, counts = [], [(0, 0)]
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            counts.append(self._count(out.data, y.data))
        hits, total = map(sum, zip(*counts, strict=True))
        return self._record("eval_loss", losses), hits / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        params = [p.data for p in self.model.parameters()]
        counters = (self.epoch, self.step, self.history)
        state = (params, self.model.state_dict(), self.optimizer.state_dict(), counters)
        Path(path).write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        params, model, optimizer, counters = _read(path)
        self.model.load_state_dict(model)
        for p, array in zip(self.model.parameters(), params, strict=True):
            p.data = array
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = copy.deepcopy(counters)
