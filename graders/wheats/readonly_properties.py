"""All that others read is a read-only property; counters are settled only when the epoch has ended.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_none, clip_replaces, clip_numpy, rates_empty, readonly_properties,
    private_methods, counters_settled_at_return, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self._range = (min_lr, max_lr)
        self._total_epochs = total_epochs

    @property
    def min_lr(self):
        return self._range[0]

    @property
    def max_lr(self):
        return self._range[1]

    @property
    def total_epochs(self):
        return self._total_epochs

    def get_lr(self, epoch):
        if epoch >= self._total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) / 2 * (
            math.cos(math.pi * epoch / self._total_epochs) + 1
        )


def clip_grad_norm(parameters, max_norm=1.0):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm([np.linalg.norm(g) for g in gradients])) if gradients else 0.0
    if norm > max_norm:
        for p in parameters:
            p.grad = None if p.grad is None else p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self._model = model
        self._optimizer = optimizer
        self._loss_fn = loss_fn
        self._scheduler = scheduler
        self._grad_clip_norm = grad_clip_norm
        self._rates = []
        self._train_losses = []
        self._eval_losses = []
        self._updates = 0

    model = property(lambda self: self._model)
    optimizer = property(lambda self: self._optimizer)
    loss_fn = property(lambda self: self._loss_fn)
    scheduler = property(lambda self: self._scheduler)
    grad_clip_norm = property(lambda self: self._grad_clip_norm)

    @property
    def epoch(self):
        return len(self._train_losses)

    @property
    def step(self):
        return self._updates

    @property
    def history(self):
        return {
            "train_loss": list(self._train_losses),
            "eval_loss": list(self._eval_losses),
            "learning_rates": list(self._rates),
        }

    def train_epoch(self, dataloader, accumulation_steps=1):
        rate = None
        if self._scheduler is not None:
            rate = self._scheduler.get_lr(self.epoch)
            self._optimizer.lr = rate
        self._model.train()
        losses = []
        for i, (x, y) in enumerate(dataloader):
            position = i % accumulation_steps
            if position == 0:
                self._optimizer.zero_grad()
            loss = self._loss_fn(self._model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if position == accumulation_steps - 1:
                self._update_parameters()
        if len(losses) % accumulation_steps != 0:
            self._update_parameters()
        self._updates += math.ceil(len(losses) / accumulation_steps)
        if rate is not None:
            self._rates.append(float(rate))
        self._train_losses.append(sum(losses) / len(losses))
        return self._train_losses[-1]

    def _update_parameters(self):
        if self._grad_clip_norm is not None:
            clip_grad_norm(self._model.parameters(), self._grad_clip_norm)
        self._optimizer.step()

    def evaluate(self, dataloader):
        mode = self._model.training
        self._model.eval()
        losses, correct, size = [], 0, 0
        for x, y in dataloader:
            scores = self._model(x)
            losses.append(self._loss_fn(scores, y).item())
            correct += self._correct(scores.data, y.data)
            size += len(scores.data)
        self._model.training = mode
        self._eval_losses.append(sum(losses) / len(losses))
        return self._eval_losses[-1], correct / size

    @staticmethod
    def _correct(scores, labels):
        if scores.ndim < 2 or scores.shape[1] < 2:
            return 0
        if labels.ndim == 2:
            if not all(
                np.array_equal(np.flatnonzero(row), [row.argmax()]) and row.max() == 1 for row in labels
            ):
                return 0
            labels = labels.argmax(axis=1)
        return int((scores.argmax(axis=1) == labels).sum())

    _SAVED = ("_rates", "_train_losses", "_eval_losses", "_updates")

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        own = {name: self.__dict__[name] for name in self._SAVED}
        with open(path, "wb") as f:
            pickle.dump((own, self._model.state_dict(), self._optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            own, model, optimizer = pickle.load(f)
        self._model.load_state_dict(model)
        self._optimizer.load_state_dict(optimizer)
        self.__dict__.update(own)
