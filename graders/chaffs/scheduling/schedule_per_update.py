"""The schedule advances with every update

point: scheduling
cause: per_update
bug: The rate is looked up for the number of updates so far instead of the epoch.
remedy: Use the epoch, and keep one rate for all updates of an epoch.
source: https://github.com/automl/Auto-PyTorch/pull/210
bug_id: L3
style: plain
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr, flat afterwards."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * progress))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad.ravel() for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    length = np.linalg.norm(np.concatenate(grads))
    if length > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / length)
    return float(length)


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.history["learning_rates"].append(self.scheduler.get_lr(self.step))

        losses = []
        pending = 0
        for features, labels in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            loss_value = self.loss_fn.forward(self.model.forward(features), labels)
            losses.append(loss_value.item())
            (loss_value / accumulation_steps).backward()
            pending += 1
            if pending < accumulation_steps:
                continue
            self._finish_update()
            pending = 0
        if pending > 0:
            self._finish_update()

        self.epoch += 1
        mean_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(mean_loss)
        return mean_loss

    def _finish_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.step)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for features, labels in dataloader:
            predictions = self.model(features)
            losses.append(self.loss_fn(predictions, labels).item())
            right.extend(hits(predictions.data, labels.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
