"""Saves the epoch that comes next, one too many.

point: checkpointing
cause: counters_not_saved
bug: epoch + 1 is saved although self.epoch already counts the finished epochs, so one epoch is skipped.
remedy: Save self.epoch as it is.
source: https://github.com/facebookresearch/fairseq/issues/32
bug_id: K9
style: plain
subtle: yes
also_fails: none
"""

import json
from pathlib import Path

import numpy as np


def pack(value):
    if isinstance(value, dict):
        return {"dict": {k: pack(v) for k, v in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"list": [pack(v) for v in value]}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "shape": list(value.shape)}
    return {"value": value.item() if isinstance(value, np.generic) else value}


def unpack(node):
    if "dict" in node:
        return {k: unpack(v) for k, v in node["dict"].items()}
    if "list" in node:
        return [unpack(v) for v in node["list"]]
    if "array" in node:
        return np.array(node["array"], dtype=float).reshape(node["shape"])
    return node["value"]


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
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

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, waiting = [], False
        for i, (x, y) in enumerate(dataloader):
            if not waiting:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            waiting = (i + 1) % accumulation_steps != 0
            if not waiting:
                self.update()
        if waiting:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += (out.data.argmax(axis=1) == t).tolist()
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), sum(hits) / len(hits) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {"epoch": self.epoch + 1, "step": self.step, "history": self.history}
        state["model"], state["optimizer"] = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_text(json.dumps(pack(state)))

    def load_checkpoint(self, path):
        state = unpack(json.loads(Path(path).read_text()))
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
