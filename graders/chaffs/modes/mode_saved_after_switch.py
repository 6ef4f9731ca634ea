"""Remembers the earlier mode only after it has been switched off.

point: modes
cause: trains_in_evaluation
bug: evaluate() reads model.training after model.eval(), so restoring it leaves the model in evaluation mode.
remedy: Read model.training before model.eval(), or set training mode in train_epoch().
source: https://github.com/pfnet/pytorch-pfn-extras/issues/688
bug_id: M1
style: seeded
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.start, self.end, self.length = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch < self.length:
            half = (1 + math.cos(epoch / self.length * math.pi)) / 2
            return self.end + half * (self.start - self.end)
        return self.end


def clip_grad_norm(parameters, max_norm=1.0):
    squares = [(p.grad**2).sum() for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(squares))
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is not None:
            p.grad *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {name: [] for name in ("train_loss", "eval_loss", "learning_rates")}
        model.train()

    def _finish_group(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        running, count = 0.0, 0
        for count, (inputs, targets) in enumerate(dataloader, start=1):
            loss = self.loss_fn(self.model(inputs), targets)
            running += loss.item()
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            if count % accumulation_steps == 0:
                self._finish_group()
        if count % accumulation_steps:
            self._finish_group()
        self.epoch += 1
        self.history["train_loss"].append(running / count)
        return running / count

    def evaluate(self, dataloader):
        self.model.eval()
        before = self.model.training
        running, count, right, rows = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            scores = self.model(inputs)
            running += self.loss_fn(scores, targets).item()
            count += 1
            truth = self._classes(scores.data, targets.data)
            if truth is not None:
                right += int((scores.data.argmax(axis=-1) == truth).sum())
                rows += truth.shape[0]
        self.model.training = before
        self.history["eval_loss"].append(running / count)
        return running / count, right / max(rows, 1)

    @staticmethod
    def _classes(scores, targets):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return None
        if targets.ndim == 1:
            return targets
        one_hot = np.array_equal(targets, np.eye(targets.shape[1])[targets.argmax(axis=1)])
        return targets.argmax(axis=1) if one_hot else None

    def save_checkpoint(self, path):
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as stream:
            for part in (self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, self.history):
                pickle.dump(part, stream)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as stream:
            self.model.load_state_dict(pickle.load(stream))
            self.optimizer.load_state_dict(pickle.load(stream))
            self.epoch = pickle.load(stream)
            self.step = pickle.load(stream)
            self.history = pickle.load(stream)
