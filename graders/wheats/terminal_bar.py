"""Draws a bar that asks the output stream for its encoding and its size.

free_choices: zero_grad_before_forward, zero_grad_after_update, call_model, train_method, mode_restored,
    scaled_loss, short_group_by_k, clip_in_place, clip_numpy, rates_empty, checkpoint_pickle_dict,
    rate_set_each_epoch, mean_by_batch, stale_cleared, streaming, progress_bars
"""

import pickle
from pathlib import Path
import shutil
import sys

import numpy as np

class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)

def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(g**2)) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
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

    def _bar(self, n):
        block = "█" if sys.stdout.encoding.lower().startswith("utf") else "#"
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 40
        sys.stdout.write("\r" + block * min(n, width))
        sys.stdout.flush()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, waiting = [], 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            losses.append(float(loss))
            waiting += 1
            self._bar(len(losses))
            if waiting == accumulation_steps:
                self._update()
                waiting = 0
        if waiting:
            self._update()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, samples = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(float(self.loss_fn(outputs, targets)))
            right, count = self._score(outputs.data, targets.data)
            hits += right
            samples += count
        self.model.train()
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, (hits / samples if samples else 0.0)

    @staticmethod
    def _score(scores, labels):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0, 0
        if labels.ndim == 2:
            if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                return 0, 0
            labels = labels.argmax(axis=1)
        return int((scores.argmax(axis=1) == labels).sum()), len(labels)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {k: list(v) for k, v in self.history.items()},
        }
        with open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]

