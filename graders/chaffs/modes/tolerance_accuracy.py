"""Reports an accuracy for regression.

point: modes
cause: accuracy_regression
bug: predictions of a regression within 0.5 of the target count as hits, where the accuracy has to be 0.0.
remedy: Return 0.0 when the targets are no classes.
source: https://github.com/tflearn/tflearn/issues/747
bug_id: M19
style: verbose
subtle: yes
also_fails: none
"""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        weight = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return float(weight * self.max_lr + (1 - weight) * self.min_lr)


def clip_grad_norm(parameters, max_norm=1.0):
    total = float(np.sqrt(sum((p.grad**2).sum() for p in parameters if p.grad is not None)))
    if total > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / total
    return total


@dataclass
class Meter:
    loss: float = 0.0
    batches: int = 0
    hits: int = 0
    samples: int = 0

    def add_loss(self, value):
        self.loss += value
        self.batches += 1

    def mean_loss(self):
        return self.loss / self.batches

    def accuracy(self):
        return self.hits / self.samples if self.samples else 0.0


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
        assert accumulation_steps >= 1
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        meter = Meter()
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            meter.add_loss(loss.item())
            (loss / accumulation_steps).backward()
            if meter.batches % accumulation_steps == 0:
                self._update()
        if meter.batches % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(meter.mean_loss())
        print("epoch", self.epoch, "loss", meter.mean_loss())
        return meter.mean_loss()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        meter = Meter()
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            meter.add_loss(self.loss_fn(outputs, targets).item())
            out, truth = outputs.data, targets.data
            if truth.shape == out.shape and np.isin(truth, (0, 1)).all() and (truth.sum(axis=-1) == 1).all():
                meter.hits += int((out.argmax(axis=-1) == truth.argmax(axis=-1)).sum())
                meter.samples += len(truth)
            elif out.ndim == 2 and out.shape[1] > 1 and truth.ndim == 1:
                meter.hits += int((out.argmax(axis=1) == truth).sum())
                meter.samples += len(truth)
            else:
                meter.hits += int((np.abs(out - truth) < 0.5).sum())
                meter.samples += truth.size
        self.history["eval_loss"].append(meter.mean_loss())
        return meter.mean_loss(), meter.accuracy()

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer, epoch, step, history = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history
