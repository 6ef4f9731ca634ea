"""The two modes are the wrong way round.

point: modes
cause: trains_in_evaluation
bug: _set_mode(evaluating) is called with True for training and False for evaluation.
remedy: Swap the two arguments, or rename the parameter to what the callers mean.
source: https://github.com/sshaoshuai/Pointnet2.PyTorch/issues/28
bug_id: none
style: helpers
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self._max, self._min, self._total = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self._total:
            return self._min
        return self._min + 0.5 * (self._max - self._min) * (1 + math.cos(math.pi * epoch / self._total))


def _global_norm(arrays):
    return math.sqrt(sum(float((a * a).sum()) for a in arrays))


def clip_grad_norm(parameters, max_norm=1.0):
    touched = [p for p in parameters if p.grad is not None]
    norm = _global_norm([p.grad for p in touched])
    if norm > max_norm:
        for p in touched:
            p.grad *= max_norm / norm
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

    def _set_mode(self, evaluating):
        if evaluating:
            self.model.eval()
        else:
            self.model.train()

    def _begin_epoch(self):
        self._set_mode(True)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _end_group(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def _end_epoch(self, losses):
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        self.epoch += 1
        return mean

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._begin_epoch()
        self.optimizer.zero_grad()
        losses, open_group = [], 0
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            open_group = (open_group + 1) % accumulation_steps
            if open_group == 0:
                self._end_group()
        if open_group:
            self._end_group()
        return self._end_epoch(losses)

    def _class_labels(self, outputs, targets):
        if outputs.ndim != 2 or outputs.shape[1] < 2:
            return None
        if targets.ndim == 1:
            return targets
        if np.isin(targets, [0, 1]).all() and (targets.sum(axis=1) == 1).all():
            return targets.argmax(axis=1)
        return None

    def evaluate(self, dataloader):
        self._set_mode(False)
        losses, hits, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            labels = self._class_labels(outputs.data, targets.data)
            if labels is not None:
                hits += int((outputs.data.argmax(axis=1) == labels).sum())
                total += len(labels)
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, hits / total if total else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
            pickle.dump((self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model_state, optimizer_state = pickle.load(f)
            epoch, step, history = pickle.load(f)
        self.model.load_state_dict(model_state)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step, self.history = epoch, step, history
