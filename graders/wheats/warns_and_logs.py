"""Warns of a short last group and of clipped gradients, and logs to the logging module.

free_choices: zero_grad_before_forward, grads_to_none, clear_optimizer_params, call_model, train_method,
    mode_restored, scaled_gradients, short_group_by_length, clip_epsilon_absolute, clip_in_place, clip_numpy,
    rates_empty, private_methods, warnings, printing, checkpoint_pickle_dict, rate_set_each_epoch,
    mean_by_batch, stale_cleared, streaming
"""

import logging
import math
import pickle
import warnings
from pathlib import Path

import numpy as np

log = logging.getLogger("trainer")


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        if min_lr > max_lr:
            warnings.warn("min_lr is above max_lr: the rate will rise", stacklevel=2)
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            log.info("the schedule is over, the rate stays at %s", self.min_lr)
            return self.min_lr
        return (
            self.min_lr
            + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi / self.total_epochs * epoch)) / 2
        )


def clip_grad_norm(parameters, max_norm=1.0):
    live = [p for p in parameters if p.grad is not None]
    if len(live) < len(parameters):
        log.warning("%d parameters have no gradient", len(parameters) - len(live))
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in live))
    if norm > max_norm:
        warnings.warn(f"gradient norm {norm:.3g} is clipped to {max_norm:.3g}", RuntimeWarning, stacklevel=2)
        for p in live:
            p.grad *= max_norm / (norm + 1e-6)
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

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, size = [], 0
        self._clear()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            loss.backward()
            size += 1
            if size == accumulation_steps:
                self._update(size)
                self._clear()
                size = 0
        if size:
            warnings.warn(f"the last group has {size} of {accumulation_steps} batches", stacklevel=2)
            self._update(size)
            self._clear()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        log.warning("epoch %d: loss %.5f", self.epoch, mean)
        self.history["train_loss"].append(mean)
        return mean

    def _clear(self):
        for p in self.optimizer.params:
            p.grad = None

    def _update(self, size):
        for p in self.optimizer.params:
            if p.grad is None:
                log.info("a parameter of shape %s takes no part in the loss", p.shape)
            else:
                p.grad *= 1.0 / size
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        losses, right, samples = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            labels = self._labels(out.data, y.data)
            samples += len(out.data)
            right += 0 if labels is None else int((out.data.argmax(axis=1) == labels).sum())
        self.model.training = mode
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, right / samples

    def _labels(self, out, y):
        if out.ndim == 2 and out.shape[1] > 1:
            if y.ndim == 1:
                return y
            if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
                return y.argmax(axis=1)
        warnings.warn("accuracy has no meaning for a regression, it is given as 0.0", stacklevel=3)
        return None

    def save_checkpoint(self, path):
        path = Path(path)
        if path.exists():
            warnings.warn(f"{path} is written over", stacklevel=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump(
                [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()], f
            )

    def load_checkpoint(self, path):
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise RuntimeError(f"cannot load {path}") from error
        self.epoch, self.step, self.history, model, optimizer = pickle.loads(content)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
