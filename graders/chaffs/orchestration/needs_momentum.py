"""The trainer needs an optimizer with momentum.

point: orchestration
cause: stack_assumed
bug: the header of the progress display reads `optimizer.momentum`, which AdamW does not have.
remedy: use only the attributes that every optimizer has, or ask with getattr and a default.
source: https://docs.python.org/3/library/functions.html#getattr
bug_id: K24
style: verbose
subtle: no
also_fails: convergence, checkpointing
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


def count_correct(outputs, targets):
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 2:
        rows_are_one_hot = ((targets == 0) | (targets == 1)).all() and (targets.sum(axis=1) == 1).all()
        if targets.shape != outputs.shape or not rows_are_one_hot:
            return None
        targets = targets.argmax(axis=1)
    return int(np.sum(outputs.argmax(axis=1) == targets))


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        print(f"epoch {self.epoch}: lr={self.optimizer.lr:g}, momentum={self.optimizer.momentum:g}")
        total, n = 0.0, 0
        for inputs, targets in dataloader:
            if n % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            total += loss.item()
            n += 1
            if n % accumulation_steps == 0:
                self._take_step()
        if n % accumulation_steps:
            self._take_step()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        print(f"  loss {total / n:.6f} after {self.step} updates")
        return total / n

    def _take_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, batches = 0.0, 0
        correct, seen = 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += self.loss_fn(outputs, targets).item()
            batches += 1
            hits = count_correct(outputs.data, targets.data)
            if hits is not None:
                correct += hits
                seen += len(outputs.data)
        average = total_loss / batches
        self.history["eval_loss"].append(average)
        return average, (correct / seen if seen else 0.0)

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
