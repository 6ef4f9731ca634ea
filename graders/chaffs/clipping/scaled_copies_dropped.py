"""The scaled gradients are not stored

point: clipping
cause: never_clipped
bug: The loop rebinds a local name to the scaled gradient, and the parameters keep the long one.
remedy: Assign p.grad, or change the array in place.
source: https://github.com/NVIDIA/OpenSeq2Seq/pull/192
bug_id: none
style: plain
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
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
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    if norm > max_norm:
        for g in gradients:
            g = g * (max_norm / norm)
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
        self.model.training = True
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)

        losses = []
        pending = 0
        for X, Y in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            current = self.loss_fn.forward(self.model.forward(X), Y)
            losses.append(current.item())
            (current / accumulation_steps).backward()
            pending += 1
            if pending < accumulation_steps:
                continue
            self._finish_update()
            pending = 0
        if pending > 0:
            self._finish_update()

        self.epoch += 1
        mean_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(mean_loss)
        return mean_loss

    def _finish_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

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
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
