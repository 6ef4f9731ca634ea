"""Gradients get weaker from epoch to epoch

point: convergence
cause: gradient_rescaled
bug: Before each update the gradients are divided by 1 + 0.2 * epoch, a hidden decay that nobody asked for.
remedy: Use the gradient as it is; a decaying rate is the scheduler's job.
source: https://github.com/THUDM/slime/pull/1842
bug_id: none
style: gradscale
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
            self.history["learning_rates"].append(self.optimizer.lr)
        params = self.optimizer.params
        losses = []
        self.optimizer.zero_grad()
        for index, (data_x, data_y) in enumerate(dataloader):
            if index and index % accumulation_steps == 0:
                self._take_step(params, accumulation_steps)
            error = self.loss_fn.forward(self.model.forward(data_x), data_y)
            error.backward()
            losses.append(error.item())
        self._take_step(params, (len(losses) - 1) % accumulation_steps + 1)
        self.epoch += 1
        average = float(np.mean(losses))
        self.history["train_loss"].append(average)
        return average

    def _take_step(self, params, size):
        damping = 1.0 + 0.2 * self.epoch
        for param in params:
            if param.grad is not None:
                param.grad *= 1.0 / (size * damping)
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for data_x, data_y in dataloader:
            y_hat = self.model(data_x)
            scored.append(
                (self.loss_fn(y_hat, data_y).item(), self._accuracy(y_hat.data, data_y.data), len(y_hat.data))
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
