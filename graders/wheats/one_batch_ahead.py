"""Fetches one batch ahead, so that it knows the last batch while it is working on it.

free_choices: zero_grad_after_update, clear_model_parameters, grads_to_none, call_model, train_method,
    eval_mode_left_on, scaled_loss, short_group_by_k, clip_epsilon_none, clip_in_place, clip_loops,
    rates_empty, helper_functions, checkpoint_hex_floats, rate_set_each_epoch, mean_by_batch, stale_kept,
    fetch_one_ahead
"""

import json
import math
import os

import numpy as np

END = object()


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        drop = math.sin(0.5 * math.pi * epoch / self.total_epochs) ** 2
        return self.max_lr - (self.max_lr - self.min_lr) * drop


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is None:
            continue
        for g in p.grad.flat:
            total += g * g
    norm = math.sqrt(total)
    if norm > max_norm:
        factor = max_norm / norm
        for p in parameters:
            for i in range(0 if p.grad is None else p.grad.size):
                p.grad.flat[i] *= factor
    return norm


def with_last(iterable):
    """Yield pairs (item, whether it is the last one)."""
    iterator = iter(iterable)
    current = next(iterator)
    while current is not END:
        following = next(iterator, END)
        yield current, following is END
        current = following


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
        n, total = 0, 0.0
        for (x, y), last in with_last(dataloader):
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            total += loss.item()
            n += 1
            if last or n % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
                for p in self.model.parameters():
                    p.grad = None
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def evaluate(self, dataloader):
        self.model.eval()
        n, total, right, rows = 0, 0.0, 0, 0
        for (x, y), _ in with_last(dataloader):
            out = self.model(x)
            total += self.loss_fn(out, y).item()
            n += 1
            for scores, label in zip(out.data, y.data, strict=True):
                rows += 1
                right += is_right(scores, label)
        self.history["eval_loss"].append(total / n)
        return total / n, right / rows

    def save_checkpoint(self, path):
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            state = [
                self.epoch,
                self.step,
                self.history,
                self.model.state_dict(),
                self.optimizer.state_dict(),
            ]
            json.dump(to_hex(state), f, indent=1)

    def load_checkpoint(self, path):
        with open(path) as f:
            state = from_hex(json.load(f))
        self.epoch, self.step, self.history = state[:3]
        self.model.load_state_dict(state[3])
        self.optimizer.load_state_dict(state[4])


def is_right(scores, label):
    if np.ndim(scores) == 0 or len(scores) == 1:
        return 0
    if np.ndim(label) == 1:
        if np.count_nonzero(label) != 1 or np.max(label) != 1:
            return 0
        label = np.argmax(label)
    return int(np.argmax(scores) == label)


def to_hex(value):
    if isinstance(value, np.ndarray):
        return {"shape": value.shape, "hex": [float(v).hex() for v in value.flat]}
    if isinstance(value, dict):
        return {"dict": [[to_hex(k), to_hex(v)] for k, v in value.items()]}
    if isinstance(value, list):
        return [to_hex(v) for v in value]
    if isinstance(value, float):
        return {"float": float(value).hex()}
    return value


def from_hex(value):
    if isinstance(value, list):
        return [from_hex(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float.fromhex(value["float"])
    if "dict" in value:
        return {from_hex(k): from_hex(v) for k, v in value["dict"]}
    return np.array([float.fromhex(h) for h in value["hex"]]).reshape(value["shape"])
