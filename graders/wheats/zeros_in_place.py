"""Fills the gradient arrays with zeros in place, and never sets them to None.

free_choices: zero_grad_before_forward, grads_to_zeros, clear_optimizer_params, call_model, train_method,
    mode_restored, scaled_loss, short_group_by_k, clip_epsilon_none, clip_in_place, clip_numpy, rates_empty,
    private_methods, checkpoint_marshal, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming,
    helper_functions
"""

import marshal
import math
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        at = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + (self.max_lr - self.min_lr) * (math.sin(math.pi * (0.5 - at)) + 1) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(np.einsum("i,i->", g.ravel(), g.ravel()).item() for g in grads))
    if norm > max_norm:
        for g in grads:
            g[...] *= max_norm / norm
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

    def _fill_with_zeros(self):
        for p in self.optimizer.params:
            if p.grad is not None:
                p.grad.fill(0.0)

    def train_epoch(self, dataloader, accumulation_steps=1):
        k = accumulation_steps
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total, count = 0.0, 0
        for x, y in dataloader:
            if count % k == 0:
                self._fill_with_zeros()
            loss = self.loss_fn(self.model(x), y)
            (loss * (1 / k)).backward()
            total, count = total + float(loss), count + 1
            if count % k == 0:
                self._update()
        if count % k:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(total / count)
        return total / count

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        total, count, right, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total, count = total + float(self.loss_fn(out, y)), count + 1
            samples += out.shape[0]
            right += self._right(out.data, y.data)
        self.model.training = mode
        self.history["eval_loss"].append(total / count)
        return total / count, right / samples

    def _right(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return 0
        chosen = np.argmax(out, axis=1)
        if y.ndim == 1:
            return int(np.sum(chosen == y))
        if not (np.count_nonzero(y, axis=1) == 1).all() or not (y.max(axis=1) == 1).all():
            return 0
        return int(np.sum(np.take_along_axis(y, chosen[:, None], axis=1)))

    def save_checkpoint(self, path):
        everything = [
            self.epoch,
            self.step,
            self.history,
            self.model.state_dict(),
            self.optimizer.state_dict(),
        ]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            marshal.dump(pack(everything), file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            self.epoch, self.step, self.history, model, optimizer = unpack(marshal.load(file))
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)


def pack(value):
    """Arrays as (dtype, shape, bytes), for marshal knows built-in types only."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [pack(item) for item in value]
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    return value


def unpack(value):
    if isinstance(value, tuple):
        return np.frombuffer(value[2], dtype=value[0]).reshape(value[1]).copy()
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if isinstance(value, dict):
        return {key: unpack(item) for key, item in value.items()}
    return value
