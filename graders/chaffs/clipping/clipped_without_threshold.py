"""Gradients are clipped at 1 when no threshold is given

point: clipping
cause: clipped_when_off
bug: `self.grad_clip_norm or 1.0` turns None into 1.0, so clipping cannot be switched off.
remedy: Clip only when grad_clip_norm is not None.
source: https://github.com/flairNLP/flair/pull/3240
bug_id: G9
style: grouped
subtle: yes
also_fails: none
"""

import math
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch: int) -> float:
        fraction = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        wave = 1.0 + np.cos(fraction * np.pi)
        return float(self.min_lr + (self.max_lr - self.min_lr) * wave / 2.0)


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    total = math.fsum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)
    norm = math.sqrt(total)
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is None:
            continue
        p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        stream = iter(dataloader)
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for X, Y in group:
                current = self.loss_fn(self.model(X), Y)
                losses.append(float(current))
                (current / len(group)).backward()
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm or 1.0)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for X, Y in dataloader:
            prediction = self.model(X)
            losses.append(self.loss_fn(prediction, Y).item())
            right.extend(hits(prediction.data, Y.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        box = np.empty(4, dtype=object)
        box[0] = self.model.state_dict()
        box[1] = self.optimizer.state_dict()
        box[2] = {"epoch": self.epoch, "step": self.step}
        box[3] = {name: list(values) for name, values in self.history.items()}
        with open(path, "wb") as out:
            np.save(out, box, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as source:
            weights, optimizer, counters, history = np.load(source, allow_pickle=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = counters["epoch"], counters["step"]
        self.history = history
