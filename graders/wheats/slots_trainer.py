"""Has __slots__, so that no other attribute can be set on it; groups are counted down to zero.

free_choices: zero_grad_before_forward, call_model, training_attribute, eval_mode_left_on, scaled_gradients,
    short_group_by_k, clip_epsilon_none, clip_in_place, clip_numpy, rates_empty, helper_functions,
    checkpoint_npz, rate_set_each_epoch, mean_by_batch, stale_cleared, streaming
"""

import math
import os

import numpy as np


class CosineSchedule:
    __slots__ = ("max_lr", "min_lr", "total_epochs")

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        fraction = min(epoch, self.total_epochs) / self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * 0.5 * (1.0 + math.cos(math.pi * fraction))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = 0.0
    for p in parameters:
        if p.grad is not None:
            norm = math.hypot(norm, float(np.linalg.norm(p.grad)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


class Trainer:
    __slots__ = ("epoch", "grad_clip_norm", "history", "loss_fn", "model", "optimizer", "scheduler", "step")

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
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        mean = 0.0
        missing = accumulation_steps
        for seen, (x, y) in enumerate(dataloader, start=1):
            if missing == accumulation_steps:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            mean += (float(loss) - mean) / seen
            missing -= 1
            if missing == 0:
                self.finish_group(accumulation_steps)
                missing = accumulation_steps
        if missing < accumulation_steps:
            self.finish_group(accumulation_steps)
        self.epoch += 1
        self.history["train_loss"].append(mean)
        return mean

    def finish_group(self, divisor):
        parameters = self.model.parameters()
        for p in parameters:
            if p.grad is not None:
                p.grad /= divisor
        if self.grad_clip_norm is not None:
            clip_grad_norm(parameters, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.training = False
        mean, accuracy, samples = 0.0, 0.0, 0
        for batches, (x, y) in enumerate(dataloader, start=1):
            out = self.model(x)
            mean += (float(self.loss_fn(out, y)) - mean) / batches
            rows = out.shape[0]
            samples += rows
            accuracy += (hits(out.data, y.data) - rows * accuracy) / samples
        self.history["eval_loss"].append(mean)
        return mean, accuracy

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        state = np.empty(5, dtype=object)
        state[:] = [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()]
        with open(path, "wb") as file:
            np.save(file, state, allow_pickle=True)

    def load_checkpoint(self, path):
        epoch, step, history, weights, moments = np.load(path, allow_pickle=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(moments)
        self.epoch, self.step, self.history = epoch, step, history


def hits(scores, target):
    if scores.ndim != 2 or scores.shape[1] == 1:
        return 0
    best = scores.argmax(axis=1)
    if target.ndim == 1:
        return int((best == target).sum())
    is_one_hot = (target.max(axis=1) == 1).all() and (np.abs(target).sum(axis=1) == 1).all()
    return int((best == target.argmax(axis=1)).sum()) if is_one_hot else 0
