"""Keeps the waiting batches in a deque and empties it whenever it is full.

free_choices: zero_grad_after_update, grads_to_zeros, clear_model_parameters, call_model, train_method,
    mode_restored, scaled_seed, short_group_by_length, clip_epsilon_relative, clip_replaces, clip_numpy,
    rates_empty, private_methods, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_sample, stale_kept,
    fetch_group_ahead
"""

import pickle
from collections import deque
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        turn = np.exp(1j * np.pi * epoch / self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + turn.real) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = {i: p.grad for i, p in enumerate(parameters) if p.grad is not None}
    norm = float(np.sqrt(sum(np.sum(np.abs(g) ** 2) for g in grads.values())))
    if norm > max_norm:
        for i, g in grads.items():
            parameters[i].grad = g / norm * (max_norm * (1 - 1e-9))
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}
        self._samples = self._loss = 0

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self._samples, self._loss = 0, 0.0
        waiting = deque(maxlen=accumulation_steps)
        for batch in dataloader:
            waiting.append(batch)
            if len(waiting) == waiting.maxlen:
                self._work_off(waiting)
        if waiting:
            self._work_off(waiting)
        self.epoch += 1
        self.history["train_loss"].append(self._loss / self._samples)
        return self.history["train_loss"][-1]

    def _work_off(self, waiting):
        share = 1.0 / len(waiting)
        while waiting:
            x, y = waiting.popleft()
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, share))
            self._loss += loss.item() * x.shape[0]
            self._samples += x.shape[0]
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        for p in self.model.parameters():
            p.grad = np.zeros_like(p.data)
        self.step += 1

    def evaluate(self, dataloader):
        mode, self.model.training = self.model.training, False
        loss, correct, samples = 0.0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            loss += self.loss_fn(out, y).item() * x.shape[0]
            correct += self._correct(out.data, y.data)
            samples += x.shape[0]
        self.model.training = mode
        self.history["eval_loss"].append(loss / samples)
        return loss / samples, correct / samples

    def _correct(self, scores, target):
        if scores.ndim < 2 or scores.shape[-1] < 2:
            return 0
        if target.ndim == 2:
            rows = np.arange(len(target))
            rebuilt = np.zeros(target.shape)
            rebuilt[rows, target.argmax(axis=1)] = 1
            if (rebuilt != target).any():
                return 0
            target = target.argmax(axis=1)
        return sum(int(a == b) for a, b in zip(scores.argmax(axis=1), target, strict=True))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("wb") as f:
            pickle.dump(
                {
                    "numbers": (self.epoch, self.step),
                    "history": self.history,
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                },
                f,
            )

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            d = pickle.load(f)
        self.epoch, self.step = d["numbers"]
        self.history = d["history"]
        self.model.load_state_dict(d["model"])
        self.optimizer.load_state_dict(d["optimizer"])
