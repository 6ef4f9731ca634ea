"""Context managers switch the mode, and wrap each update.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_length, clip_epsilon_absolute, clip_replaces, clip_numpy, rates_empty, helper_functions,
    private_methods, checkpoint_atomic, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_cleared, fetch_group_ahead
"""

import contextlib
import itertools
import math
import os
import pickle
import tempfile

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        theta = math.pi * min(1.0, epoch / self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (math.cos(theta) + 1.0) / 2.0


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(np.square(p.grad).sum() for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in filter(lambda p: p.grad is not None, parameters):
            p.grad = p.grad * (max_norm / (norm + 1e-6))
    return norm


@contextlib.contextmanager
def mode(model, training):
    """The model in the mode that is asked for; afterwards in the one it was in."""
    before = model.training
    model.train() if training else model.eval()
    try:
        yield model
    finally:
        model.training = before


@contextlib.contextmanager
def replacing(path):
    """A file that takes the place of `path` once it is complete."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=folder, delete=False) as file:
        yield file
    os.replace(file.name, path)


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

    @contextlib.contextmanager
    def _update(self):
        self.optimizer.zero_grad()
        yield
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    @contextlib.contextmanager
    def _epoch(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        with mode(self.model, training=True):
            yield losses
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = iter(dataloader)
        with self._epoch() as losses:
            while group := tuple(itertools.islice(batches, accumulation_steps)):
                with self._update():
                    for x, y in group:
                        loss = self.loss_fn(self.model(x), y)
                        (loss / len(group)).backward()
                        losses.append(loss.item())
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        losses, right = [], []
        with mode(self.model, training=False) as model:
            for x, y in dataloader:
                out = model(x)
                losses.append(self.loss_fn(out, y).item())
                right.append(self._right(out.data, y.data))
        loss = sum(losses) / len(losses)
        self.history["eval_loss"].append(loss)
        return loss, float(np.concatenate(right).mean())

    @staticmethod
    def _right(out, y):
        wrong = np.zeros(out.shape[0])
        if out.ndim != 2 or out.shape[1] < 2:
            return wrong
        if y.ndim == 2:
            if not (((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all()):
                return wrong
            y = y.argmax(axis=1)
        return (out.argmax(axis=1) == y).astype(float)

    def save_checkpoint(self, path):
        with replacing(path) as file:
            pickle.dump([self.epoch, self.step, self.history], file)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            (self.epoch, self.step, self.history), (model, optimizer) = pickle.load(file), pickle.load(file)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
