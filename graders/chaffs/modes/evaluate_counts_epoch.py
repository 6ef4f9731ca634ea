"""Every evaluation counts as an epoch.

point: modes
cause: evaluate_counts
bug: train_epoch() and evaluate() end in the same method, which advances the epoch for both.
remedy: Advance the epoch in train_epoch() only.
source: https://github.com/LBANN/lbann/pull/1903
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
    flat = [p.grad.reshape(-1) for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm(np.concatenate(flat))) if flat else 0.0
    if norm > max_norm:
        for g in flat:
            g *= max_norm / norm
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

    def _start(self, training):
        self.model.training = training
        self._losses = []
        self._hits = []

    def _finish(self, name):
        mean = float(np.mean(self._losses))
        self.history[name].append(mean)
        self.epoch += 1
        return mean

    def _loss(self, x, y):
        out = self.model(x)
        loss = self.loss_fn(out, y)
        self._losses.append(float(loss.data))
        return out, loss

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._start(True)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        open_group = False
        for x, y in dataloader:
            if not open_group:
                self.optimizer.zero_grad()
            _, loss = self._loss(x, y)
            (loss / accumulation_steps).backward()
            open_group = len(self._losses) % accumulation_steps != 0
            if not open_group:
                self._step()
        if open_group:
            self._step()
        return self._finish("train_loss")

    def _compare(self, out, y):
        if out.ndim == 2 and out.shape[1] > 1:
            if y.ndim == 2 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
                y = y.argmax(axis=1)
            if y.ndim == 1:
                self._hits.extend(out.argmax(axis=1) == y)

    def evaluate(self, dataloader):
        self._start(False)
        for x, y in dataloader:
            out, _ = self._loss(x, y)
            self._compare(out.data, y.data)
        accuracy = float(np.mean(self._hits)) if self._hits else 0.0
        return self._finish("eval_loss"), accuracy

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = (self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history)
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        model, optimizer, self.epoch, self.step, self.history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
