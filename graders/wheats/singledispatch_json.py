"""A JSON checkpoint through functools.singledispatch; the group is an object that closes itself.

free_choices: zero_grad_before_forward, grads_to_none, clear_model_parameters, call_model, train_method,
    mode_restored, scaled_loss, short_group_by_k, clip_epsilon_absolute, clip_replaces, clip_numpy,
    rates_empty, helper_functions, private_methods, checkpoint_json, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming, clip_own_helper
"""

import json
import math
from functools import singledispatch
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.points = (max_lr, min_lr)
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        high, low = self.points
        if epoch >= self.total_epochs:
            return low
        return low + (high - low) * (1 + np.cos(np.pi * epoch / self.total_epochs).item()) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.hypot(*(np.hypot.reduce(p.grad.ravel()) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / (norm + 1e-6))
    return norm


@singledispatch
def plain(value):
    return value


@plain.register
def _(value: np.ndarray):
    return {"#": value.tolist(), "shape": list(value.shape)}


@plain.register
def _(value: np.generic):
    return value.item()


@plain.register
def _(value: dict):
    return {key: plain(item) for key, item in value.items()}


@plain.register
def _(value: list):
    return [plain(item) for item in value]


def revive(found):
    return np.array(found["#"], dtype=float).reshape(found["shape"]) if "#" in found else found


class Group:
    """Up to k batches that share one update."""

    def __init__(self, trainer, k):
        self.trainer, self.k, self.size = trainer, k, 0

    def add(self, x, y):
        if self.size == 0:
            for p in self.trainer.model.parameters():
                p.grad = None
        loss = self.trainer.loss_fn(self.trainer.model(x), y)
        (loss / self.k).backward()
        self.size += 1
        if self.size == self.k:
            self.close()
        return loss.item()

    def close(self):
        if self.size:
            self.trainer.update()
        self.size = 0


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
        group = Group(self, accumulation_steps)
        losses = [group.add(x, y) for x, y in dataloader]
        group.close()
        self.epoch += 1
        self.history["train_loss"].append(math.fsum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def update(self):
        self._clip()
        self.optimizer.step()
        self.step += 1

    def _clip(self):
        if self.grad_clip_norm is None:
            return
        with_grad = [p for p in self.model.parameters() if p.grad is not None]
        shrink = max(math.sqrt(sum((p.grad**2).sum() for p in with_grad)) / self.grad_clip_norm, 1.0)
        for p in with_grad:
            p.grad = p.grad / shrink

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, right, count = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            right += self._right(out.data, y.data)
            count += len(out.data)
        self.model.training = mode
        self.history["eval_loss"].append(math.fsum(losses) / len(losses))
        return self.history["eval_loss"][-1], right / count

    def _right(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return 0
        one_hot = np.arange(out.shape[1]) == (y if y.ndim == 1 else y.argmax(axis=1))[:, None]
        if y.ndim == 2 and not np.array_equal(one_hot, y):
            return 0
        return int(one_hot[np.arange(len(out)), out.argmax(axis=1)].sum())

    def save_checkpoint(self, path):
        fields = {"epoch": self.epoch, "step": self.step, "history": self.history}
        text = json.dumps(
            plain(fields | {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()})
        )
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)

    def load_checkpoint(self, path):
        fields = json.loads(Path(path).read_text(), object_hook=revive)
        self.model.load_state_dict(fields["model"])
        self.optimizer.load_state_dict(fields["optimizer"])
        self.epoch, self.step, self.history = fields["epoch"], fields["step"], fields["history"]
