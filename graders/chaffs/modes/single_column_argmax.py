"""Sends a single output column through argmax.

point: modes
cause: accuracy_regression
bug: outputs and targets of shape (N, 1) are compared by argmax, which is 0 on both sides: accuracy 1.0.
remedy: Count hits only for outputs with at least two columns.
source: https://github.com/harvard-edge/cs249r_book/pull/2085
bug_id: M9
style: plain
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine_factor = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine_factor


def clip_grad_norm(parameters, max_norm=1.0):
    total_norm = 0.0
    for param in parameters:
        if param.grad is not None:
            total_norm += np.sum(param.grad**2)
    total_norm = np.sqrt(total_norm)
    if total_norm > max_norm:
        clip_coef = max_norm / total_norm
        for param in parameters:
            if param.grad is not None:
                param.grad = param.grad * clip_coef
    return float(total_norm)


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

    def _is_one_hot(self, t):
        return np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss, num_batches = 0.0, 0
        for batch_idx, (inputs, targets) in enumerate(dataloader):
            outputs = self.model.forward(inputs)
            loss = self.loss_fn.forward(outputs, targets)
            if batch_idx % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            total_loss += float(loss.data)
            num_batches += 1
            if (batch_idx + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
        if num_batches % accumulation_steps:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

    def evaluate(self, dataloader):
        self.model.training = False
        total_loss, num_batches, correct, total = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            outputs = self.model.forward(inputs)
            total_loss += float(self.loss_fn.forward(outputs, targets).data)
            num_batches += 1
            if len(outputs.data.shape) > 1:
                wide = outputs.data.shape[1] > 1
                if wide and targets.data.ndim == 2 and not self._is_one_hot(targets.data):
                    continue
                predictions = np.argmax(outputs.data, axis=1)
                if len(targets.data.shape) == 1:
                    correct += int(np.sum(predictions == targets.data))
                else:
                    correct += int(np.sum(predictions == np.argmax(targets.data, axis=1)))
                total += len(predictions)
        avg_loss = total_loss / num_batches
        self.history["eval_loss"].append(avg_loss)
        return avg_loss, (correct / total if total else 0.0)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        names = ("epoch", "step", "history")
        with open(path, "wb") as f:
            pickle.dump({name: getattr(self, name) for name in names}, f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            own, states = pickle.load(f), pickle.load(f)
        for name in own:
            setattr(self, name, own[name])
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
