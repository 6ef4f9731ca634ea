"""The rate is written where the optimizer does not read it

point: scheduling
cause: never_applied
bug: The rate is assigned to optimizer.learning_rate, but the optimizer uses optimizer.lr.
remedy: Assign the rate to optimizer.lr.
source: https://github.com/V2AI/Det3D/issues/109
bug_id: L6
style: helpers
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
        self.model.train()
        self._apply_rate()
        losses = []
        waiting = 0
        self.optimizer.zero_grad()
        for images, truth in dataloader:
            losses.append(self._forward_backward(images, truth, accumulation_steps))
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
            self.optimizer.learning_rate = rate
            self.history["learning_rates"].append(self.optimizer.lr)

    def _forward_backward(self, images, truth, parts):
        logits_t = self.model(images)
        objective = self.loss_fn(logits_t, truth)
        (objective / parts).backward()
        return float(objective)

    def _update(self):
        self._clip()
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

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
        for images, truth in dataloader:
            logits_t = self.model(images)
            losses.append(self.loss_fn(logits_t, truth).item())
            right.extend(hits(logits_t.data, truth.data))
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
