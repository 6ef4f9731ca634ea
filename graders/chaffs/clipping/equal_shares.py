"""Every parameter may only use its share of max_norm

point: clipping
cause: per_parameter
bug: When clipping is due, each gradient is cut to max_norm / sqrt(number of parameters) separately.
remedy: Scale all gradients by max_norm / norm, one factor for all.
source: https://github.com/huggingface/transformers/pull/614
bug_id: G3
style: numpyish
subtle: yes
also_fails: none
"""

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


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    active = [p for p in parameters if p.grad is not None]
    norms = np.array([np.linalg.norm(p.grad) for p in active])
    total = float(np.sqrt(np.sum(norms**2)))
    if total > max_norm:
        share = max_norm / np.sqrt(len(active))
        for p, norm in zip(active, norms, strict=True):
            if norm > share:
                p.grad = p.grad * (share / norm)
    return total


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
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        weights = self.model.parameters()
        sums = [None] * len(weights)
        losses = []
        filled = 0
        for X, Y in dataloader:
            losses.append(self.gradients(weights, sums, X, Y))
            filled += 1
            if filled == accumulation_steps:
                self.apply(weights, sums, filled)
                sums, filled = [None] * len(weights), 0
        if filled:
            self.apply(weights, sums, filled)
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def gradients(self, weights, sums, X, Y):
        self.optimizer.zero_grad()
        current = self.loss_fn(self.model(X), Y)
        current.backward()
        for j, w in enumerate(weights):
            if w.grad is not None:
                sums[j] = w.grad if sums[j] is None else sums[j] + w.grad
        return current.item()

    def apply(self, weights, sums, count):
        for w, total in zip(weights, sums, strict=True):
            w.grad = None if total is None else total / count
        if self.grad_clip_norm is not None:
            clip_grad_norm(weights, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for X, Y in dataloader:
            prediction = self.model(X)
            losses.append(self.loss_fn(prediction, Y).item())
            right.extend(hits(prediction.data, Y.data))
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
