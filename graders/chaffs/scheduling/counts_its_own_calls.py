"""get_lr counts its calls and ignores the epoch

point: scheduling
cause: not_a_function
bug: The schedule's position is the number of calls, so asking twice, or in a new trainer, gives another
    rate.
remedy: Use the epoch that is passed in.
source: https://github.com/pytorch/pytorch/issues/31828
bug_id: L10
style: gradscale
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs
        self.position = -1

    def get_lr(self, epoch):
        self.position += 1
        if self.position >= self.total_epochs:
            return self.min_lr
        angle = math.pi * self.position / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(angle)) / 2


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
        if self.scheduler is not None:
            new_lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = new_lr
            self.history["learning_rates"].append(new_lr)
        loss_total = 0.0
        batch_count = 0
        in_group = 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            pred = self.model(x)
            loss = self.loss_fn(pred, y)
            loss.backward()
            loss_total += float(loss.data)
            batch_count += 1
            in_group += 1
            if in_group == accumulation_steps:
                self._optimize(in_group)
                in_group = 0
        if in_group:
            self._optimize(in_group)
        self.epoch += 1
        epoch_loss = loss_total / batch_count
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def _optimize(self, group_size):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / group_size
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

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
