"""Gradients are cleared when the next group arrives.

point: zero_grad
cause: epoch_leftover
bug: gradients are cleared only after the next group has been fetched, which never happens after the last
    group of an epoch.
remedy: clear right after the step, before asking for the next group.
source: https://github.com/karpathy/llm.c/pull/663
bug_id: none
style: grouped
subtle: yes
also_fails: convergence
"""

import math
import pickle
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            swing = self.max_lr - self.min_lr
            return self.min_lr + swing * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    flat = [p.grad.reshape(-1) for p in parameters if p.grad is not None]
    if len(flat) == 0:
        return 0.0
    norm = float(np.linalg.norm(np.concatenate(flat)))
    if norm <= max_norm:
        return norm
    for p in parameters:
        if p.grad is not None:
            p.grad = p.grad / norm * max_norm
    return norm


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
        source, losses = iter(dataloader), []
        group = list(islice(source, accumulation_steps))
        while True:
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
            group = list(islice(source, accumulation_steps))
            if not group:
                break
            self.optimizer.zero_grad()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

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
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        rest = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)))
        arrays = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        with path.open("wb") as file:
            np.savez(file, rest=np.frombuffer(rest, dtype=np.uint8), **arrays)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as file:
            arrays = dict(np.load(file))
        optimizer, epoch, step, history = pickle.loads(arrays.pop("rest").tobytes())
        self.model.load_state_dict({name.removeprefix("model/"): a for name, a in arrays.items()})
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = epoch, step
        for key, values in history.items():
            self.history[key] = list(values)
