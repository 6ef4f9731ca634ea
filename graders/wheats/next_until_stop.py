"""Pulls batches by hand with next() in a while loop, and knows the end by StopIteration.

free_choices: zero_grad_after_update, call_forward, loss_forward, train_method, mode_restored,
    scaled_gradients, short_group_by_k, clip_epsilon_relative, clip_replaces, clip_loops, rates_empty,
    private_methods, counters_settled_at_return, checkpoint_pickle_dict, rate_set_each_epoch, mean_by_batch,
    stale_cleared, streaming
"""

import os
import pickle
from math import cos, pi

import numpy as np


class CosineSchedule:
    max_lr = 0.1
    min_lr = 0.01
    total_epochs = 100

    def __init__(self, max_lr=max_lr, min_lr=min_lr, total_epochs=total_epochs):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            return (self.max_lr + self.min_lr) / 2 + (self.max_lr - self.min_lr) / 2 * cos(
                pi * epoch / self.total_epochs
            )
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm = sum(float(v) ** 2 for p in parameters if p.grad is not None for v in np.nditer(p.grad)) ** 0.5
    if not norm > max_norm:
        return norm
    factor = max_norm / (norm * 1.0000001)
    for p in parameters:
        if p.grad is not None:
            p.grad = np.array([factor * v for v in p.grad.ravel()]).reshape(p.grad.shape)
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
        self.epoch += 1  # counted here already, so the schedule is asked for epoch - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch - 1)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.model.train()
        self.optimizer.zero_grad()
        loader = iter(dataloader)
        losses = []
        exhausted = False
        while not exhausted:
            size = 0
            while size < accumulation_steps:
                try:
                    x, y = next(loader)
                except StopIteration:
                    exhausted = True
                    break
                loss = self.loss_fn.forward(self.model.forward(x), y)
                loss.backward()
                losses.append(loss.item())
                size += 1
            if size > 0:
                self._update(accumulation_steps)
        result = sum(losses) / len(losses)
        self.history["train_loss"].append(result)
        return result

    def _update(self, k):
        for p in self.optimizer.params:
            if p.grad is not None:
                p.grad = p.grad / k
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        loader = iter(dataloader)
        losses, right, rows = [], 0, 0
        while True:
            batch = next(loader, None)
            if batch is None:
                break
            outputs = self.model.forward(batch[0])
            losses.append(self.loss_fn.forward(outputs, batch[1]).item())
            rows += len(outputs.data)
            right += self._right(outputs.data, batch[1].data)
        self.model.train(was_training)
        result = sum(losses) / len(losses)
        self.history["eval_loss"].append(result)
        return result, right / rows

    def _right(self, outputs, targets):
        if outputs.ndim != 2 or outputs.shape[1] < 2:
            return 0
        if targets.ndim == 2:
            valid = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
            return self._right(outputs, np.argmax(targets, axis=1)) if valid else 0
        right = 0
        for row, target in zip(outputs, targets, strict=True):
            if row[int(target)] == max(row) and list(row).index(max(row)) == target:
                right += 1
        return right

    def save_checkpoint(self, path):
        parent = os.path.dirname(os.fspath(path))
        if parent and not os.path.isdir(parent):
            os.makedirs(parent)
        state = [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()]
        with open(path, "wb") as f:
            pickle.dump(state, f, protocol=0)

    def load_checkpoint(self, path):
        if not os.path.exists(path):
            raise ValueError(f"no checkpoint at {path}")
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.epoch, self.step, self.history = state[0], state[1], state[2]
        self.model.load_state_dict(state[3])
        self.optimizer.load_state_dict(state[4])
