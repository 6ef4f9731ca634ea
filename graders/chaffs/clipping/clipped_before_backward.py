"""The gradient is clipped before it exists

point: clipping
cause: never_clipped
bug: The clipping stands before the backward pass of the group, when the gradients are still empty.
remedy: Clip after the last backward pass and before the step.
source: https://github.com/simchowitzlabpublic/nano-world-model/pull/22
bug_id: G2
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
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


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
        batches = list(dataloader)
        losses = []
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        for start in range(0, len(batches), accumulation_steps):
            chunk = batches[start : start + accumulation_steps]
            self.optimizer.zero_grad()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            for batch_in, batch_out in chunk:
                guess = self.model(batch_in)
                cost = self.loss_fn(guess, batch_out)
                losses.append(float(cost))
                (cost * (1.0 / len(chunk))).backward()
            self.optimizer.step()
            self.step += 1
        mean_loss = sum(losses) / len(batches)
        self.history["train_loss"].append(mean_loss)
        self.epoch += 1
        return mean_loss

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            total_loss += float(self.loss_fn(guess, batch_out))
            n_batches += 1
            if self._is_classification(guess.data, batch_out.data):
                truth = batch_out.data if batch_out.data.ndim == 1 else np.argmax(batch_out.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(guess.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

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
