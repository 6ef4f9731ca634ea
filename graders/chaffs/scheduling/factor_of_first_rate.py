"""The scheduled rate is used as a factor of the optimizer's first rate

point: scheduling
cause: rate_drifts
bug: The rate is the optimizer's original rate times get_lr(epoch), so the base rate enters twice.
remedy: Assign get_lr(epoch) itself.
source: https://github.com/lhoyer/MIC/issues/60
bug_id: none
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
    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100):
        self.max_lr = float(max_lr)
        self.min_lr = float(min_lr)
        self.total_epochs = int(total_epochs)

    def get_lr(self, epoch: int) -> float:
        fraction = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        wave = 1.0 + np.cos(fraction * np.pi)
        return float(self.min_lr + (self.max_lr - self.min_lr) * wave / 2.0)


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
        self.base_lr = optimizer.lr
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.base_lr * self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        params = self.model.parameters()
        losses = np.zeros(0)
        gathered = 0
        self.optimizer.zero_grad()
        for X, Y in dataloader:
            current = self.loss_fn(self.model(X), Y)
            losses = np.append(losses, current.data)
            current.backward(np.ones_like(current.data) / accumulation_steps)
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
        before = self.model.training
        self.model.eval()
        scored = []
        for X, Y in dataloader:
            prediction = self.model(X)
            scored.append(
                (
                    self.loss_fn(prediction, Y).item(),
                    self._accuracy(prediction.data, Y.data),
                    len(prediction.data),
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
