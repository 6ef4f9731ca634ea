"""After the last epoch the rate is zero

point: scheduling
cause: floor_missing
bug: From total_epochs on get_lr returns 0.0, and a longer run silently stops learning.
remedy: Return min_lr from total_epochs on.
source: https://github.com/LINCellularNeuroscience/VAME/issues/26
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        span = max_lr - min_lr
        steps = range(total_epochs)
        self.rates = [min_lr + span * (1 + math.cos(math.pi * e / total_epochs)) / 2 for e in steps]

    def get_lr(self, epoch):
        return self.rates[epoch] if epoch < len(self.rates) else 0.0


def in_groups(batches, size):
    group = []
    for batch in batches:
        group.append(batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


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
        self.set_rate()
        loss_sum = 0.0
        seen = 0
        for group in in_groups(dataloader, accumulation_steps):
            self.optimizer.zero_grad()
            for data_x, data_y in group:
                y_hat = self.model.forward(data_x)
                error = self.loss_fn.forward(y_hat, data_y)
                loss_sum += error.item()
                seen += 1
                error = error * (1.0 / len(group))
                error.backward()
            self.clip()
            self.optimizer.step()
            self.step += 1
        result = loss_sum / seen
        self.history["train_loss"].append(result)
        self.epoch += 1
        return result

    def set_rate(self):
        if self.scheduler is None:
            return
        rate = self.scheduler.get_lr(self.epoch)
        self.optimizer.lr = rate
        self.history["learning_rates"].append(rate)

    def clip(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for data_x, data_y in dataloader:
            y_hat = self.model(data_x)
            losses.append(self.loss_fn(y_hat, data_y).item())
            right.extend(hits(y_hat.data, data_y.data))
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
