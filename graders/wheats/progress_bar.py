"""Shows a progress bar on stderr, without knowing how many batches there are.

free_choices: zero_grad_after_update, call_model, train_method, mode_restored, scaled_loss, short_group_by_k,
    clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, progress_bars, helper_functions,
    checkpoint_npz, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming, clip_own_helper
"""

import math
import pickle
import sys
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        x = epoch / self.total_epochs
        weight = (1 + math.cos(math.pi * x)) / 2 if x < 1 else 0.0
        return self.min_lr * (1 - weight) + self.max_lr * weight


def global_norm(parameters):
    return math.sqrt(sum(float(np.sum(np.square(p.grad))) for p in parameters if p.grad is not None))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = global_norm(parameters)
    if norm > max_norm:
        shrink(parameters, max_norm / (norm + 1e-6))
    return norm


def shrink(parameters, factor):
    for p in parameters:
        if p.grad is not None:
            p.grad *= factor


class Bar:
    def __init__(self, title):
        self.title, self.n = title, 0

    def __call__(self, iterable):
        for item in iterable:
            yield item
            self.n += 1
            print(
                f"\r{self.title} |{'#' * (self.n % 40):<40}| {self.n} batches",
                end="",
                file=sys.stderr,
                flush=True,
            )
        print(file=sys.stderr)


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
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"].append(rate)
        self.optimizer.zero_grad()
        bar = Bar(f"epoch {self.epoch + 1}")
        total = 0.0
        unused = 0
        for x, y in bar(dataloader):
            loss = self.loss_fn(self.model(x), y)
            total += loss.item()
            (loss / accumulation_steps).backward()
            unused += 1
            if unused == accumulation_steps:
                self.update()
                unused = 0
        if unused:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(total / bar.n)
        return total / bar.n

    def update(self):
        limit = self.grad_clip_norm
        if limit is not None:
            norm = global_norm(self.optimizer.params)
            if norm > limit:
                shrink(self.optimizer.params, limit / norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        bar = Bar("evaluation")
        total, right, samples = 0.0, 0, 0
        for x, y in bar(dataloader):
            out = self.model(x)
            total += self.loss_fn(out, y).item()
            samples += len(out.data)
            right += count_right(out.data, y.data)
        self.model.training = mode
        self.history["eval_loss"].append(total / bar.n)
        return total / bar.n, right / samples

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, self.history))
        with open(path, "wb") as f:
            np.savez(f, __rest__=np.frombuffer(rest, dtype=np.uint8), **self.model.state_dict())

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            arrays = dict(np.load(f))
        optimizer, self.epoch, self.step, self.history = pickle.loads(arrays.pop("__rest__").tobytes())
        self.model.load_state_dict(arrays)
        self.optimizer.load_state_dict(optimizer)


def count_right(out, target):
    if out.ndim != 2 or out.shape[1] == 1:
        return 0
    if target.ndim == 2:
        if np.any((target != 0) & (target != 1)) or np.any(target.sum(axis=1) != 1):
            return 0
        target = target.argmax(axis=1)
    return int(np.sum(out.argmax(axis=1) == target))
