"""The mean loss is turned into a sum before backward

point: convergence
cause: gradient_rescaled
bug: The seed of backward is multiplied by the number of samples, so the gradient is as many times too
    large.
remedy: Seed backward with 1/accumulation_steps; the loss is a mean over the batch and should stay one.
source: https://github.com/irrmnv/pytorch-ieee-cmi/issues/1
bug_id: none
style: seeded
subtle: no
also_fails: clipping, accumulation
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


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
        for batch_in, batch_out in dataloader:
            cost = self.loss_fn(self.model(batch_in), batch_out)
            seed = np.full(cost.shape, len(batch_in.data) / accumulation_steps)
            cost.backward(seed)
            total += float(cost)
            n += 1
            if n % accumulation_steps == 0:
                self.apply_update()
        if n % accumulation_steps != 0:
            self.apply_update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def apply_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            losses.append(self.loss_fn(guess, batch_out).item())
            right.extend(hits(guess.data, batch_out.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

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
