"""Cuts the dataloader into groups with itertools.islice and treats each group as one update.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_length, clip_epsilon_none, clip_replaces, clip_numpy, rates_empty, helper_functions,
    checkpoint_npz, rate_set_each_epoch, mean_by_batch, stale_cleared, fetch_group_ahead
"""

from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        if progress == 1.0:
            return self.min_lr
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + float(np.cos(np.pi * progress)))


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float((p.grad * p.grad).sum()) for p in with_grad)))
    if norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * (max_norm / norm)
    return norm


def groups_of(iterable, size):
    iterator = iter(iterable)
    while group := list(islice(iterator, size)):
        yield group


def count_hits(scores, labels):
    """Number of rows whose largest score is at the label; 0 where the task is a regression."""
    if scores.ndim != 2 or scores.shape[1] < 2:
        return 0
    if labels.ndim == 2:
        one_hot = np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()
        if not one_hot:
            return 0
        labels = labels.argmax(axis=1)
    return int((scores.argmax(axis=1) == labels).sum())


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            rate = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = rate
            self.history["learning_rates"].append(rate)
        losses = []
        for group in groups_of(dataloader, accumulation_steps):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss * (1.0 / len(group))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        losses, hits, seen = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            hits += count_hits(out.data, y.data)
            seen += out.shape[0]
        self.model.training = before
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, hits / seen

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        arrays["optimizer"] = np.array(self.optimizer.state_dict(), dtype=object)
        arrays["history"] = np.array(self.history, dtype=object)
        arrays["counters"] = np.array([self.epoch, self.step])
        with path.open("wb") as file:
            np.savez(file, **arrays)

    def load_checkpoint(self, path):
        with np.load(path, allow_pickle=True) as saved:
            arrays = {key: saved[key] for key in saved.files}
        prefix = "model."
        self.model.load_state_dict({k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)})
        self.optimizer.load_state_dict(arrays["optimizer"].item())
        self.history = arrays["history"].item()
        self.epoch, self.step = (int(n) for n in arrays["counters"])
