"""The trainer stores the threshold but never clips

point: clipping
cause: never_clipped
bug: grad_clip_norm is kept as an attribute, and no code path calls clip_grad_norm.
remedy: Call clip_grad_norm before optimizer.step() when grad_clip_norm is not None.
source: https://github.com/NVIDIA/OpenSeq2Seq/pull/192
bug_id: none
style: seeded
subtle: yes
also_fails: none
"""

import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


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
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total, n = 0.0, 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            seed = np.full(loss.shape, 1.0 / accumulation_steps)
            loss.backward(seed)
            total += float(loss)
            n += 1
            if n % accumulation_steps == 0:
                self.apply_update()
        if n % accumulation_steps != 0:
            self.apply_update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def apply_update(self):
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        correct = total = 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(float(self.loss_fn(outputs, targets)))
            hits, count = self._count_correct(outputs.data, targets.data)
            correct += hits
            total += count
        eval_loss = sum(losses) / len(losses)
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, correct / total if total else 0.0

    def _count_correct(self, scores, labels):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0, 0
        if labels.ndim == 2:
            one_hot = np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1)
            if not one_hot:
                return 0, 0
            labels = np.argmax(labels, axis=1)
        return int(np.sum(np.argmax(scores, axis=1) == labels)), len(scores)

    def save_checkpoint(self, path):
        os.makedirs(Path(path).parent, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump((self.epoch, self.step, {k: list(v) for k, v in self.history.items()}), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        for name, state in parts.items():
            getattr(self, name).load_state_dict(state)
