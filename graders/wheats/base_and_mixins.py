"""A base class for the loop, and mixins for clipping, scheduling and checkpoints.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, private_methods,
    extra_attributes, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import abc
import math
import pickle
from pathlib import Path

import numpy as np


class Schedule(abc.ABC):
    @abc.abstractmethod
    def get_lr(self, epoch): ...


class CosineSchedule(Schedule):
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return (
            self.min_lr
            + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        )


def clip_grad_norm(parameters, max_norm=1.0):
    parameters = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([np.sum(p.grad**2) for p in parameters])))
    coefficient = min(1.0, max_norm / (norm + 1e-6))
    if norm > max_norm:
        for p in parameters:
            p.grad *= coefficient
    return norm


class BaseTrainer:
    def __init__(self, model, optimizer, loss_fn):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def before_epoch(self):
        self.model.train()

    def before_update(self):
        pass

    def run_update(self):
        self.before_update()
        self.optimizer.step()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.before_epoch()
        total, count = 0.0, 0
        for x, y in dataloader:
            if count % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            total += loss.item()
            count += 1
            if count % accumulation_steps == 0:
                self.run_update()
        if count % accumulation_steps:
            self.run_update()
        self.epoch += 1
        self.history["train_loss"].append(total / count)
        return self.history["train_loss"][-1]


class ScheduledMixin:
    scheduler = None

    def before_epoch(self):
        super().before_epoch()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)


class ClippedMixin:
    grad_clip_norm = None

    def before_update(self):
        super().before_update()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)


class EvaluatingMixin:
    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, correct, samples = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            labels = self._labels(out.data, y.data)
            if labels is not None:
                correct += int(np.sum(np.argmax(out.data, axis=1) == labels))
            samples += len(out.data)
        self.model.training = mode
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], correct / samples

    def _labels(self, out, target):
        """The class labels, or None for a regression."""
        if out.ndim != 2 or out.shape[1] == 1:
            return None
        if target.ndim == 1:
            return target
        one_hot = ((target == 0) | (target == 1)).all() and (target.sum(axis=1) == 1).all()
        return target.argmax(axis=1) if one_hot else None


class CheckpointMixin:
    SAVED = ("epoch", "step", "history")

    def save_checkpoint(self, path):
        state = {name: getattr(self, name) for name in self.SAVED}
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer")}
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump([state, parts], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state, parts = pickle.load(f)
        for name, part in parts.items():
            getattr(self, name).load_state_dict(part)
        vars(self).update(state)


class Trainer(ScheduledMixin, ClippedMixin, EvaluatingMixin, CheckpointMixin, BaseTrainer):
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        super().__init__(model, optimizer, loss_fn)
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
