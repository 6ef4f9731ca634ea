"""Each parameter is clipped first, then all together

point: clipping
cause: per_parameter
bug: Gradients are cut one by one before the global norm is clipped, which changes their proportions.
remedy: Leave out the first stage; clip by the global norm only.
source: https://github.com/google/automl/issues/910
bug_id: G16
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
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


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


def length(arrays):
    return math.sqrt(sum(float((a * a).sum()) for a in arrays))


def clip_grad_norm(parameters, max_norm=1.0):
    params = [p for p in parameters if p.grad is not None]
    before = length([p.grad for p in params])
    for group in [[p] for p in params] + [params]:
        norm = length([p.grad for p in group])
        if norm > max_norm:
            for p in group:
                p.grad = p.grad * (max_norm / norm)
    return before


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
            for inputs, targets in group:
                outputs = self.model.forward(inputs)
                loss = self.loss_fn.forward(outputs, targets)
                loss_sum += loss.item()
                seen += 1
                loss = loss * (1.0 / len(group))
                loss.backward()
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
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            right.extend(hits(outputs.data, targets.data))
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
