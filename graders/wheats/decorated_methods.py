"""Decorators take the bookkeeping out of the methods: one records what is returned, one restores the mode.

free_choices: zero_grad_before_forward, call_model, training_attribute, mode_restored, scaled_loss,
    short_group_by_length, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, helper_functions,
    private_methods, printing, checkpoint_zip, rate_set_each_batch, mean_by_batch, stale_cleared,
    fetch_all_first
"""

import functools
import io
import json
import math
import tarfile
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs
        self.get_lr = functools.lru_cache(maxsize=None)(self._compute)

    def _compute(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (
            1 + math.cos(math.pi * epoch / self.total_epochs)
        )


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum((p.grad * p.grad).sum() for p in parameters if p.grad is not None))
    for p in parameters:
        if p.grad is not None and norm > max_norm:
            p.grad *= max_norm / (norm + 1e-6)
    return norm


def recorded(*names):
    """Append what the method returns to these series of the history."""

    def decorate(method):
        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            result = method(self, *args, **kwargs)
            values = result if isinstance(result, tuple) else (result,)
            for name, value in zip(names, values, strict=False):
                self.history[name].append(value)
            print(f"{method.__name__}: {result}")
            return result

        return wrapper

    return decorate


def in_mode(training):
    def decorate(method):
        @functools.wraps(method)
        def wrapper(self, *args, **kwargs):
            before, self.model.training = self.model.training, training
            try:
                return method(self, *args, **kwargs)
            finally:
                self.model.training = before

        return wrapper

    return decorate


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

    @recorded("train_loss")
    @in_mode(training=True)
    def train_epoch(self, dataloader, accumulation_steps=1):
        remaining = list(dataloader)
        losses = []
        while remaining:
            group, remaining = remaining[:accumulation_steps], remaining[accumulation_steps:]
            losses += self._train_group(group)
        if self.scheduler is not None:
            self.history["learning_rates"].append(self.optimizer.lr)
        self.epoch += 1
        return sum(losses) / len(losses)

    def _train_group(self, group):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.optimizer.zero_grad()
        losses = [self.loss_fn(self.model(x), y) for x, y in group]
        for loss in losses:
            (loss * (1 / len(group))).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return [loss.item() for loss in losses]

    @recorded("eval_loss")
    @in_mode(training=False)
    def evaluate(self, dataloader):
        losses, right, samples = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            right += self._right(out.data, y.data)
            samples += len(out.data)
        return sum(losses) / len(losses), right / samples

    def _right(self, out, y):
        if out.ndim < 2 or out.shape[1] < 2:
            return 0
        if y.ndim == 2 and not (np.isin(y, [0, 1]).all() and (y.sum(axis=1) == 1).all()):
            return 0
        return int((out.argmax(axis=1) == (y.argmax(axis=1) if y.ndim == 2 else y)).sum())

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        numbers = {"epoch": self.epoch, "step": self.step, "history": self.history}
        states = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        with tarfile.open(path, "w:gz") as tar:
            self._add(tar, "numbers.json", json.dumps(numbers).encode())
            for name, state in states.items():
                buffer = io.BytesIO()
                np.save(buffer, state, allow_pickle=True)
                self._add(tar, f"{name}.npy", buffer.getvalue())

    def _add(self, tar, name, content):
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))

    def load_checkpoint(self, path):
        with tarfile.open(path) as tar:
            content = {name: tar.extractfile(name).read() for name in tar.getnames()}
        for name in ("model", "optimizer"):
            state = np.load(io.BytesIO(content[f"{name}.npy"]), allow_pickle=True).item()
            getattr(self, name).load_state_dict(state)
        vars(self).update(json.loads(content["numbers.json"]))
