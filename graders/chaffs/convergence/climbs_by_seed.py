"""Backward is seeded with minus one

point: convergence
cause: wrong_direction
bug: The seed of backward has the wrong sign, so each update makes the loss larger.
remedy: Seed backward with +1/accumulation_steps.
source: https://github.com/FluxML/model-zoo/pull/61
bug_id: none
style: numpyish
subtle: no
also_fails: accumulation, clipping
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch: int) -> float:
        if epoch < self.total_epochs:
            angle = math.pi * epoch / self.total_epochs
            return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(angle)) / 2
        return self.min_lr


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad.ravel() for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    length = np.linalg.norm(np.concatenate(grads))
    if length > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / length)
    return float(length)


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
        for sample, wanted in dataloader:
            loss_t = self.loss_fn(self.model(sample), wanted)
            losses = np.append(losses, loss_t.data)
            loss_t.backward(-np.ones_like(loss_t.data) / accumulation_steps)
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
        self.model.eval()
        losses, right = [], []
        for sample, wanted in dataloader:
            produced = self.model(sample)
            losses.append(self.loss_fn(produced, wanted).item())
            right.extend(hits(produced.data, wanted.data))
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
