"""Saving resets the optimizer of the running trainer.

point: checkpointing
cause: saving_changes_run
bug: after writing, save_checkpoint() loads the optimizer's initial state to free its buffers.
remedy: Strip buffers from a copy of the file, never from the optimizer that goes on training.
source: https://github.com/ultralytics/ultralytics/issues/6242
bug_id: K21
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
    norm = math.sqrt(sum(float((p.grad * p.grad).sum()) for p in parameters if p.grad is not None))
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
        self._empty_state = optimizer.state_dict()

    def _set_rate(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._set_rate()
        self.optimizer.zero_grad()
        losses = []
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        return self._log("train_loss", losses)

    def _log(self, name, losses):
        self.history[name].append(sum(losses) / len(losses))
        return self.history[name][-1]

    def _compare(self, out, t):
        if out.ndim == 2 and out.shape[1] > 1:
            if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                t = t.argmax(axis=1)
            if t.ndim == 1:
                return list(out.argmax(axis=1) == t)
        return []

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            hits += self._compare(out.data, y.data)
        return self._log("eval_loss", losses), float(np.mean(hits)) if hits else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        own = (self.epoch, self.step, self.history)
        path.write_bytes(pickle.dumps((own, self.model.state_dict(), self.optimizer.state_dict())))
        self._free_buffers()

    def _free_buffers(self):
        lr = self.optimizer.lr
        self.optimizer.load_state_dict(self._empty_state)
        self.optimizer.lr = lr

    def load_checkpoint(self, path):
        own, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = own
