"""Hits and samples of all earlier evaluations count again.

point: modes
cause: accuracy_wrong
bug: the two counters live on the trainer and are never set back to 0, so the accuracy is a running one.
remedy: Start evaluate() with both counters at 0.
source: https://github.com/JetBrains-Research/code2seq/pull/112
bug_id: M16
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
        return self.min_lr + (self.max_lr - self.min_lr) * (math.cos(math.pi * epoch / self.total_epochs) + 1) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float((p.grad * p.grad).sum()) for p in parameters if p.grad is not None))
    factor = max_norm / norm if norm > max_norm else 1.0
    if factor < 1.0:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * factor
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
        self.correct = 0
        self.total = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _rate(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _loss(self, batch):
        x, y = batch
        out = self.model(x)
        return out, self.loss_fn(out, y)

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self._rate()
        self.optimizer.zero_grad()
        losses = []
        for batch in dataloader:
            _, loss = self._loss(batch)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps != 0:
            self._update()
        self.epoch += 1
        return self._record("train_loss", losses)

    def _record(self, name, losses):
        self.history[name].append(sum(losses) / len(losses))
        return self.history[name][-1]

    def _score(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return
        if y.ndim == 2:
            if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
                return
            y = y.argmax(axis=1)
        self.correct += int((out.argmax(axis=1) == y).sum())
        self.total += len(y)

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        for batch in dataloader:
            out, loss = self._loss(batch)
            losses.append(loss.item())
            self._score(out.data, batch[1].data)
        accuracy = self.correct / self.total if self.total else 0.0
        return self._record("eval_loss", losses), accuracy

    def _state(self):
        return self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(pickle.dumps(self._state()))

    def load_checkpoint(self, path):
        epoch, step, history, model, optimizer = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history
