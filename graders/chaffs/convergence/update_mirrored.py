"""Every update is applied in the opposite direction

point: convergence
cause: wrong_direction
bug: The trainer takes the optimizer's change and applies its negative, so the parameters go uphill.
remedy: Keep the parameters as optimizer.step() left them.
source: https://github.com/pytorch/pytorch/issues/1871
bug_id: none
style: helpers
subtle: no
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
        self._apply_rate()
        losses = []
        waiting = 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            losses.append(self._forward_backward(x, y, accumulation_steps))
            waiting += 1
            if waiting == accumulation_steps:
                self._update()
                waiting = 0
        if waiting:
            self._update()
        return self._end_epoch(losses)

    def _apply_rate(self):
        if self.scheduler is not None:
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"].append(rate)

    def _forward_backward(self, x, y, parts):
        pred = self.model(x)
        loss = self.loss_fn(pred, y)
        (loss / parts).backward()
        return float(loss)

    def _update(self):
        self._clip()
        self._move()
        self.optimizer.zero_grad()
        self.step += 1

    def _move(self):
        before = [p.data.copy() for p in self.model.parameters()]
        self.optimizer.step()
        for p, old in zip(self.model.parameters(), before, strict=True):
            change = p.data - old
            p.data = old - change

    def _clip(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)

    def _end_epoch(self, losses):
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        self.epoch += 1
        return mean

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for x, y in dataloader:
            pred = self.model(x)
            losses.append(self.loss_fn(pred, y).item())
            right.extend(hits(pred.data, y.data))
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
