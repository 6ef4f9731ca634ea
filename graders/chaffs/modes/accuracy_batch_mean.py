"""Averages the accuracies of the batches, whatever their sizes.

point: modes
cause: accuracy_wrong
bug: a short last batch weighs as much as a full one in the accuracy.
remedy: Count hits and samples over all batches and divide once.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/2924
bug_id: M11
style: grouped
subtle: yes
also_fails: none
"""

import itertools
import pickle
import statistics
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        ratio = np.minimum(epoch / self.total_epochs, 1.0)
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * ratio)))


def clip_grad_norm(parameters, max_norm=1.0):
    used = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in used)))
    if norm > max_norm:
        for p in used:
            p.grad = max_norm * p.grad / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {key: [] for key in ["train_loss", "eval_loss", "learning_rates"]}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        source = iter(dataloader)
        for first in source:
            self.optimizer.zero_grad()
            group = itertools.chain([first], itertools.islice(source, accumulation_steps - 1))
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / accumulation_steps).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(statistics.fmean(losses))
        return statistics.fmean(losses)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, accuracies = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            target = y.data
            if out.data.ndim == 2 and out.data.shape[1] >= 2:
                if target.ndim == 2:
                    if not np.array_equal(target, np.eye(target.shape[1])[np.argmax(target, axis=1)]):
                        continue
                    target = np.argmax(target, axis=1)
                accuracies.append(float(np.mean(np.argmax(out.data, axis=1) == target)))
        loss = statistics.fmean(losses)
        self.history["eval_loss"].append(loss)
        return loss, statistics.fmean(accuracies) if accuracies else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {k: getattr(self, k) for k in ("epoch", "step", "history")}
        state |= {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
