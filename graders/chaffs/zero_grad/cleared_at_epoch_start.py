"""Gradients are cleared when the epoch starts.

point: zero_grad
cause: cleared_per_epoch
bug: zero_grad() is called once before the loop over the groups, so the gradients of all groups of an epoch
    pile up.
remedy: move zero_grad() into the loop, one call per group.
source: https://github.com/pytorch/pytorch/issues/47175
bug_id: Z2
style: grouped
subtle: yes
also_fails: convergence
"""

import os
import pickle
from itertools import islice
from math import cos, pi

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.top = max_lr
        self.floor = min_lr
        self.length = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.length:
            return self.floor
        weight = 0.5 + 0.5 * cos(pi * epoch / self.length)
        return weight * self.top + (1 - weight) * self.floor


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        iterator, losses = iter(dataloader), []
        while group := list(islice(iterator, accumulation_steps)):
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    @staticmethod
    def _labels(outputs, targets):
        if outputs.ndim < 2 or outputs.shape[-1] == 1:
            return None
        if targets.ndim == 1:
            return targets.astype(int)
        one_hot = np.isin(targets, (0, 1)).all() and np.all(targets.sum(axis=-1) == 1)
        return np.argmax(targets, axis=-1) if one_hot else None

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.training = False
        losses, matches = [], []
        for x, y in dataloader:
            prediction = self.model.forward(x)
            losses.append(float(self.loss_fn.forward(prediction, y)))
            labels = self._labels(prediction.data, y.data)
            if labels is not None:
                matches.extend(np.argmax(prediction.data, axis=-1) == labels)
        self.model.training = before
        loss = float(np.mean(losses))
        self.history["eval_loss"].append(loss)
        return loss, float(np.mean(matches)) if matches else 0.0

    def save_checkpoint(self, path):
        folder = os.path.dirname(os.fspath(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, dict(self.history)), f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            epoch, step, history = pickle.load(f)
            weights = pickle.load(f)
            optimizer_state = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = epoch, step
        self.history.clear()
        self.history.update(history)
