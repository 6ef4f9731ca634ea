"""Every parameter is clipped by its own norm

point: clipping
cause: per_parameter
bug: Each gradient whose own norm exceeds max_norm is scaled alone, so the direction of the whole gradient
    changes.
remedy: Compute one norm over all gradients and scale all of them by the same factor.
source: https://github.com/keras-team/keras/issues/13575
bug_id: G3
style: plain
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


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is None:
            continue
        norm = float(np.sqrt((p.grad**2).sum()))
        total += norm**2
        if norm > max_norm:
            p.grad = p.grad * (max_norm / norm)
    return total**0.5


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
        total_loss = 0.0
        num_batches = 0
        self.optimizer.zero_grad()
        for i, (batch_in, batch_out) in enumerate(dataloader):
            guess = self.model(batch_in)
            cost = self.loss_fn(guess, batch_out)
            total_loss += float(cost)
            num_batches += 1
            scaled = cost * (1.0 / accumulation_steps)
            scaled.backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        if num_batches % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            losses.append(self.loss_fn(guess, batch_out).item())
            right.extend(hits(guess.data, batch_out.data))
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
