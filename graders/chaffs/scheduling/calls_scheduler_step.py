"""The trainer drives the scheduler by step()

point: scheduling
cause: scheduler_assumed
bug: At the end of each epoch scheduler.step() is called, a method that other schedulers do not have.
remedy: Call get_lr(epoch) alone; the trainer keeps count of the epochs.
source: https://github.com/pytorch/pytorch/issues/20527
bug_id: L12
style: numpyish
subtle: no
also_fails: orchestration, checkpointing, history
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs
        self.steps_seen = 0

    def step(self):
        self.steps_seen += 1

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * progress)) / 2


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


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
        for xb, yb in dataloader:
            losses.append(self.gradients(weights, sums, xb, yb))
            filled += 1
            if filled == accumulation_steps:
                self.apply(weights, sums, filled)
                sums, filled = [None] * len(weights), 0
        if filled:
            self.apply(weights, sums, filled)
        self.epoch += 1
        if self.scheduler is not None:
            self.scheduler.step()
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def gradients(self, weights, sums, xb, yb):
        self.optimizer.zero_grad()
        batch_loss = self.loss_fn(self.model(xb), yb)
        batch_loss.backward()
        for j, w in enumerate(weights):
            if w.grad is not None:
                sums[j] = w.grad if sums[j] is None else sums[j] + w.grad
        return batch_loss.item()

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
        for xb, yb in dataloader:
            out = self.model(xb)
            losses.append(self.loss_fn(out, yb).item())
            right.extend(hits(out.data, yb.data))
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
