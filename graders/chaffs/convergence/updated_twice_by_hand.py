"""The trainer subtracts the gradient, and the optimizer does it again

point: convergence
cause: parameters_changed
bug: The parameters are moved by lr * gradient by hand before optimizer.step() moves them too.
remedy: Leave the update to optimizer.step() alone.
source: https://github.com/jparkerholder/ASEBO/issues/1
bug_id: none
style: listed
subtle: yes
also_fails: none
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        span = max_lr - min_lr
        self.min_lr = min_lr
        self.table = [
            min_lr + span * (1 + math.cos(math.pi * e / total_epochs)) / 2 for e in range(total_epochs)
        ]

    def get_lr(self, epoch):
        return self.table[epoch] if epoch < len(self.table) else self.min_lr


def matches(scores, labels):
    """One flag per sample; all False when this is no classification."""
    nothing = np.zeros(len(scores), dtype=bool)
    if scores.ndim < 2 or scores.shape[-1] == 1:
        return nothing
    if labels.shape == scores.shape:
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            return nothing
        labels = labels.argmax(axis=1)
    return scores.argmax(axis=1) == labels


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float((p.grad**2).sum())
    norm = math.sqrt(total)
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = [(data_x, data_y) for data_x, data_y in dataloader]
        last = len(data) - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.model.train()
        self.optimizer.zero_grad()
        epoch_loss = 0.0
        for i, (data_x, data_y) in enumerate(data):
            error = self.loss_fn(self.model(data_x), data_y)
            epoch_loss += error.item() / len(data)
            (error / accumulation_steps).backward()
            group_done = (i + 1) % accumulation_steps == 0
            if group_done or i == last:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                for p in self.model.parameters():
                    if p.grad is not None:
                        p.data = p.data - self.optimizer.lr * p.grad
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.training = False
        try:
            loss_sum, batches, hits, samples = 0.0, 0, 0, 0
            for data_x, data_y in dataloader:
                y_hat = self.model.forward(data_x)
                loss_sum += self.loss_fn.forward(y_hat, data_y).item()
                batches += 1
                samples += len(y_hat.data)
                hits += int(np.sum(matches(y_hat.data, data_y.data)))
        finally:
            self.model.training = was_training
        mean_loss = loss_sum / batches
        self.history["eval_loss"].append(mean_loss)
        return mean_loss, hits / samples

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
