"""Scaling fails on a parameter without gradient

point: clipping
cause: none_gradient
bug: Parameters without gradient are skipped in the norm but not in the scaling, which fails on None.
remedy: Skip parameters whose grad is None in both loops.
source: https://github.com/pytorch/pytorch/issues/5650
bug_id: G8
style: grouped
subtle: yes
also_fails: none
"""

import math
import pickle
from itertools import groupby
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


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float(np.sum(p.grad**2))
    norm = total**0.5
    if norm > max_norm:
        for p in parameters:
            p.grad = p.grad * (max_norm / norm)
    return norm


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
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        losses = []
        numbered = enumerate(dataloader)
        for _, group in groupby(numbered, key=lambda pair: pair[0] // accumulation_steps):
            losses += self.train_group([batch for _, batch in group])
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]

    def train_group(self, group):
        values = []
        for features, labels in group:
            loss_value = self.loss_fn(self.model(features), labels)
            values.append(loss_value.item())
            (loss_value * (1.0 / len(group))).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return values

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for features, labels in dataloader:
            predictions = self.model(features)
            scored.append(
                (
                    self.loss_fn(predictions, labels).item(),
                    self._accuracy(predictions.data, labels.data),
                    len(predictions.data),
                )
            )
        self.model.training = before
        loss = sum(s[0] for s in scored) / len(scored)
        accuracy = sum(s[1] * s[2] for s in scored) / sum(s[2] for s in scored)
        self.history["eval_loss"].append(loss)
        return loss, float(accuracy)

    def _accuracy(self, logits, wanted):
        if logits.ndim == 1 or logits.shape[1] == 1:
            return 0.0
        if wanted.ndim == 2:
            if not np.array_equal(wanted, np.eye(wanted.shape[1])[wanted.argmax(axis=1)]):
                return 0.0
            wanted = wanted.argmax(axis=1)
        return np.mean(logits.argmax(axis=1) == wanted)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
