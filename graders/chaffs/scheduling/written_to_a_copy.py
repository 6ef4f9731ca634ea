"""The rate is written into a copy of the optimizer's state

point: scheduling
cause: never_applied
bug: optimizer.state_dict() returns a copy; the rate put into it never reaches the optimizer.
remedy: Assign optimizer.lr, or load the changed state back.
source: https://github.com/ray-project/ray/issues/12163
bug_id: L6
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
            settings = self.optimizer.state_dict()
            settings["lr"] = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        weights = self.model.parameters()
        sums = [None] * len(weights)
        losses = []
        filled = 0
        for x_batch, y_batch in dataloader:
            losses.append(self.gradients(weights, sums, x_batch, y_batch))
            filled += 1
            if filled == accumulation_steps:
                self.apply(weights, sums, filled)
                sums, filled = [None] * len(weights), 0
        if filled:
            self.apply(weights, sums, filled)
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def gradients(self, weights, sums, x_batch, y_batch):
        self.optimizer.zero_grad()
        loss_now = self.loss_fn(self.model(x_batch), y_batch)
        loss_now.backward()
        for j, w in enumerate(weights):
            if w.grad is not None:
                sums[j] = w.grad if sums[j] is None else sums[j] + w.grad
        return loss_now.item()

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
        for x_batch, y_batch in dataloader:
            y_pred = self.model(x_batch)
            losses.append(self.loss_fn(y_pred, y_batch).item())
            right.extend(hits(y_pred.data, y_batch.data))
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
