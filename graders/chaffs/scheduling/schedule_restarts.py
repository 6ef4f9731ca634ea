"""The schedule starts over after total_epochs

point: scheduling
cause: floor_missing
bug: The epoch is taken modulo total_epochs, so the rate jumps back to max_lr and the floor is never
    reached.
remedy: Return min_lr from total_epochs on; no modulo.
source: https://github.com/tracel-ai/burn/pull/5197
bug_id: L17
style: numpyish
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
        self.middle = (max_lr + min_lr) / 2
        self.radius = (max_lr - min_lr) / 2
        self.period = total_epochs

    def get_lr(self, epoch):
        return float(self.middle + self.radius * np.cos(np.pi * (epoch % self.period) / self.period))


def class_labels(outputs, targets):
    if outputs.ndim < 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 1:
        return targets
    binary = np.logical_or(targets == 0, targets == 1).all()
    return targets.argmax(axis=1) if binary and (targets.sum(axis=1) == 1).all() else None


def clip_grad_norm(parameters, max_norm=1.0):
    length = 0.0
    for tensor in parameters:
        if tensor.grad is not None:
            for value in tensor.grad.flat:
                length = math.hypot(length, value)
    if length > max_norm:
        shrink = max_norm / length
        for tensor in parameters:
            if tensor.grad is not None:
                tensor.grad = tensor.grad * shrink
    return length


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
        params = self.model.parameters()
        losses = np.zeros(0)
        gathered = 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses = np.append(losses, loss.data)
            loss.backward(np.ones_like(loss.data) / accumulation_steps)
            gathered += 1
            if gathered == accumulation_steps:
                self._descend(params)
                gathered = 0
        if gathered:
            self._descend(params)
        self.epoch += 1
        self.history["train_loss"].append(float(losses.mean()))
        return float(losses.mean())

    def _descend(self, params):
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in params:
            p.grad = None

    def evaluate(self, dataloader):
        """Mean loss and accuracy, without touching the training state."""
        self.model.eval()
        losses, flags = [], []
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            labels = class_labels(outputs.data, targets.data)
            if labels is not None:
                flags.extend(outputs.data.argmax(axis=1) == labels)
        self.model.train()
        result = sum(losses) / len(losses)
        self.history["eval_loss"].append(result)
        return result, float(np.mean(flags)) if flags else 0.0

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
