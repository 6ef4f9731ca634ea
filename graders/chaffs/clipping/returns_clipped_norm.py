"""The norm is measured after clipping

point: clipping
cause: norm_after_clipping
bug: The gradients are scaled first and their new norm is returned, so it never exceeds max_norm.
remedy: Return the norm from before the scaling.
source: https://github.com/verl-project/verl/issues/2282
bug_id: G12
style: seeded
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
        return self.min_lr


def total_norm(params):
    return math.sqrt(sum(float(np.sum(p.grad**2)) for p in params if p.grad is not None))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = total_norm(parameters)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return total_norm(parameters)


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

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total, n = 0.0, 0
        self.optimizer.zero_grad()
        for data_x, data_y in dataloader:
            error = self.loss_fn(self.model(data_x), data_y)
            seed = np.full(error.shape, 1.0 / accumulation_steps)
            error.backward(seed)
            total += float(error)
            n += 1
            if n % accumulation_steps == 0:
                self.apply_update()
        if n % accumulation_steps != 0:
            self.apply_update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def apply_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for data_x, data_y in dataloader:
            y_hat = self.model(data_x)
            total_loss += float(self.loss_fn(y_hat, data_y))
            n_batches += 1
            if self._is_classification(y_hat.data, data_y.data):
                truth = data_y.data if data_y.data.ndim == 1 else np.argmax(data_y.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(y_hat.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
