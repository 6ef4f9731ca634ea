"""Saving works for optimizers with momentum only.

point: checkpointing
cause: optimizer_not_saved
bug: save_checkpoint() reads optimizer.momentum, which AdamW does not have: AttributeError, nothing is saved.
remedy: Use optimizer.state_dict(), which every optimizer has.
source: https://github.com/unit8co/darts/pull/1501
bug_id: K24
style: gradscale
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(math.fsum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
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
        self.optimizer.zero_grad()
        total, batches, group = 0.0, 0, 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            total += loss.item()
            batches += 1
            group += 1
            if group == accumulation_steps:
                self.average_and_step(group)
                group = 0
        if group:
            self.average_and_step(group)
        self.epoch += 1
        self.history["train_loss"].append(total / batches)
        return total / batches

    def average_and_step(self, group):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / group
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total, batches, right, seen = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total += self.loss_fn(out, y).item()
            batches += 1
            labels = y.data
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
                    labels = labels.argmax(axis=1)
                if labels.ndim == 1:
                    right += int((out.data.argmax(axis=1) == labels).sum())
                    seen += len(labels)
        self.history["eval_loss"].append(total / batches)
        return total / batches, right / seen if seen else 0.0

    def save_checkpoint(self, path):
        folder = os.path.dirname(str(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        if self.optimizer.momentum > 0:
            state["momentum"] = self.optimizer.momentum
        state.update(epoch=self.epoch, step=self.step, history=self.history)
        with open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
