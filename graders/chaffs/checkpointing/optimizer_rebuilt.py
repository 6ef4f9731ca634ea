"""Builds the optimizer anew after its state has been loaded.

point: checkpointing
cause: optimizer_not_saved
bug: load_checkpoint() ends by making a new optimizer of the same class, which erases all that was just loaded.
remedy: Keep the optimizer object and load the state into it.
source: https://github.com/OpenNMT/OpenNMT-py/issues/617
bug_id: K4
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        epoch = min(epoch, self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
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
        losses = []
        batches = iter(dataloader)
        while group := list(islice(batches, accumulation_steps)):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / len(group)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return self.history["train_loss"][-1]

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, n = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits, n = hits + int((out.data.argmax(axis=1) == t).sum()), n + len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return self.history["eval_loss"][-1], hits / n if n else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        Path(path).write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.model.load_state_dict(state["model"])
        rebuild = type(self.optimizer)
        self.optimizer = rebuild(self.model.parameters(), lr=self.optimizer.lr)
