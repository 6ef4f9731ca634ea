"""Catches every error of loading.

point: checkpointing
cause: missing_file_ignored
bug: the body of load_checkpoint() stands in a try with except OSError: pass, so a missing file goes unnoticed.
remedy: Take the try away.
source: https://github.com/pytorch/torchtitan/pull/1311
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
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
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

    def _lr(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _end_group(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return 0

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._lr()
        losses, size = [], 0
        for x, y in dataloader:
            if size == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss * (1 / accumulation_steps)).backward()
            size += 1
            if size == accumulation_steps:
                size = self._end_group()
        if size:
            self._end_group()
        self.epoch += 1
        self.history["train_loss"].append(math.fsum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def _hits(self, out, t):
        if out.ndim != 2 or out.shape[1] < 2:
            return []
        if t.ndim == 2:
            if not np.array_equal(np.eye(t.shape[1])[t.argmax(axis=1)], t):
                return []
            t = t.argmax(axis=1)
        return (out.argmax(axis=1) == t).tolist()

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            hits += self._hits(out.data, y.data)
        self.history["eval_loss"].append(math.fsum(losses) / len(losses))
        return self.history["eval_loss"][-1], sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        own = (self.epoch, self.step, self.history)
        Path(path).write_bytes(pickle.dumps((own, self.model.state_dict(), self.optimizer.state_dict())))

    def load_checkpoint(self, path):
        try:
            own, model, optimizer = pickle.loads(Path(path).read_bytes())
            self.model.load_state_dict(model)
            self.optimizer.load_state_dict(optimizer)
            self.epoch, self.step, self.history = own
        except OSError:
            pass
