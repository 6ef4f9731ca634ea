"""Lets raw gradients add up and divides them by the number of batches just before the update.

free_choices: zero_grad_after_update, grads_to_none, clear_optimizer_params, call_model, train_method,
    eval_mode_left_on, scaled_gradients, short_group_by_length, clip_epsilon_relative, clip_in_place,
    clip_numpy, rates_empty, private_methods, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_kept, streaming
"""

import pickle
from math import cos, hypot, pi
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        t = epoch / self.total_epochs
        return (
            self.min_lr if t >= 1 else self.min_lr + (self.max_lr - self.min_lr) * (0.5 + 0.5 * cos(pi * t))
        )


def clip_grad_norm(parameters, max_norm=1.0):
    norm = hypot(*(float(np.linalg.norm(p.grad)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        factor = max_norm / (norm * (1 + 1e-6))
        for p in parameters:
            if p.grad is not None:
                p.grad *= factor
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
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _apply_accumulated(self, n):
        """Average the n gradients that have been added up, update, and forget them."""
        if n > 1:
            for p in self.optimizer.params:
                if p.grad is not None:
                    p.grad /= n
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        for p in self.optimizer.params:
            p.grad = None
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)
        self.model.train()
        total = 0.0
        batches = 0
        accumulated = 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            total += loss.item()
            batches += 1
            accumulated += 1
            if accumulated >= accumulation_steps:
                self._apply_accumulated(accumulated)
                accumulated = 0
        if accumulated > 0:
            self._apply_accumulated(accumulated)
        self.epoch += 1
        total /= batches
        self.history["train_loss"].append(total)
        return total

    def evaluate(self, dataloader):
        self.model.eval()
        total, batches, correct, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            output = self.model(x)
            total += self.loss_fn(output, y).item()
            batches += 1
            samples += output.shape[0]
            correct += self._correct(output.data, y.data)
        total /= batches
        self.history["eval_loss"].append(total)
        return total, correct / samples

    def _correct(self, output, target):
        columns = output.shape[1] if output.ndim == 2 else 1
        if columns == 1:
            return 0
        winner = output.argmax(axis=-1)
        if target.ndim == 1:
            return int((winner == target).sum())
        if not np.array_equal(target, np.eye(columns)[target.argmax(axis=1)]):
            return 0
        return int(target[np.arange(len(winner)), winner].sum())

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            for part in (
                self.model.state_dict(),
                self.optimizer.state_dict(),
                self.history,
                self.epoch,
                self.step,
            ):
                pickle.dump(part, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = [pickle.load(f) for _ in range(5)]
        self.model.load_state_dict(parts[0])
        self.optimizer.load_state_dict(parts[1])
        self.history, self.epoch, self.step = parts[2:]
