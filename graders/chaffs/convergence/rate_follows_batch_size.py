"""The learning rate is scaled by the batch size

point: convergence
cause: rate_changed
bug: Without a scheduler the rate of each update is multiplied by the number of samples in the batch over
    32.
remedy: Use the optimizer's own rate, whatever the batch size.
source: https://github.com/microsoft/singleshotpose/issues/128
bug_id: none
style: grouped
subtle: yes
also_fails: scheduling
"""

import pickle
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
        return self.min_lr


def class_labels(outputs, targets):
    if outputs.ndim < 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 1:
        return targets
    binary = np.logical_or(targets == 0, targets == 1).all()
    return targets.argmax(axis=1) if binary and (targets.sum(axis=1) == 1).all() else None


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        stream = iter(dataloader)
        losses = []
        while group := list(islice(stream, accumulation_steps)):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(float(loss))
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
            base_rate = self.optimizer.lr
            if self.scheduler is None:
                self.optimizer.lr = base_rate * len(x.data) / 32
            self.optimizer.step()
            self.optimizer.lr = base_rate
            self.step += 1
        self.epoch += 1
        epoch_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        """Mean loss and accuracy, without touching the training state."""
        self.model.eval()
        losses, flags = [], []
        for x, y in dataloader:
            pred = self.model(x)
            losses.append(self.loss_fn(pred, y).item())
            labels = class_labels(pred.data, y.data)
            if labels is not None:
                flags.extend(pred.data.argmax(axis=1) == labels)
        self.model.train()
        result = sum(losses) / len(losses)
        self.history["eval_loss"].append(result)
        return result, float(np.mean(flags)) if flags else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
