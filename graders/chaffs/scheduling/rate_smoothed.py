"""The rate moves only half-way to the scheduled one

point: scheduling
cause: rate_drifts
bug: The new rate is the average of the optimizer's rate and get_lr(epoch), so it always lags behind.
remedy: Assign get_lr(epoch) without mixing in the old rate.
source: https://docs.pytorch.org/docs/stable/optim.html
bug_id: none
style: verbose
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.start, self.end, self.epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        return self.start * self._weight(epoch) + self.end * (1 - self._weight(epoch))

    def _weight(self, epoch):
        if epoch >= self.epochs:
            return 0.0
        return 0.5 + 0.5 * math.cos(math.pi * epoch / self.epochs)


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": [], "grad_norms": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            target = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr += 0.5 * (target - self.optimizer.lr)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, batches, since_update = 0.0, 0, 0
        for inputs, targets in dataloader:
            if since_update == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            loss_sum += loss.item()
            batches += 1
            since_update += 1
            if since_update == accumulation_steps:
                self._step_optimizer()
                since_update = 0
        if since_update:
            self._step_optimizer()
        self.epoch += 1
        mean = loss_sum / batches
        self.history["train_loss"].append(mean)
        print("epoch", self.epoch, "mean loss", round(mean, 5))
        return mean

    def _step_optimizer(self):
        if self.grad_clip_norm is not None:
            norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.history["grad_norms"].append(norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += float(self.loss_fn(outputs, targets))
            n_batches += 1
            if self._is_classification(outputs.data, targets.data):
                truth = targets.data if targets.data.ndim == 1 else np.argmax(targets.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(outputs.data, axis=-1) == truth)
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
