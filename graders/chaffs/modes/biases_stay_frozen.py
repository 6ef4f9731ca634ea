"""Evaluation freezes all parameters and thaws only the matrices.

point: modes
cause: evaluate_counts
bug: evaluate() sets requires_grad = False, as a no_grad, and sets it back only for arrays of two dimensions.
remedy: Put requires_grad back on every parameter after the loop, or leave it alone.
source: https://github.com/yunxiaoshi/Neural-IMage-Assessment/issues/41
bug_id: none
style: listed
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return (
            self.max_lr * (1 + math.cos(math.pi * epoch / self.total_epochs))
            + self.min_lr * (1 - math.cos(math.pi * epoch / self.total_epochs))
        ) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(math.fsum(float(np.sum(g * g)) for g in grads))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = list(dataloader)
        k = accumulation_steps
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_values = []
        for chunk in (data[i : i + k] for i in range(0, len(data), k)):
            self.optimizer.zero_grad()
            for x, y in chunk:
                loss = self.loss_fn(self.model(x), y)
                loss_values.append(float(loss.data))
                (loss * (1.0 / k)).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        average = sum(loss_values) / len(loss_values)
        self.history["train_loss"].append(average)
        return average

    def evaluate(self, dataloader):
        self.model.eval()
        for p in self.model.parameters():
            p.requires_grad = False
        loss_values, good, everything = [], 0, 0
        for x, y in list(dataloader):
            out = self.model(x)
            loss_values.append(float(self.loss_fn(out, y).data))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    t = t.argmax(axis=1) if (np.eye(t.shape[1])[t.argmax(axis=1)] == t).all() else t[:0, 0]
                good += int((out.data.argmax(axis=1)[: len(t)] == t).sum())
                everything += len(t)
        for p in self.model.parameters():
            if p.data.ndim == 2:
                p.requires_grad = True
        average = sum(loss_values) / len(loss_values)
        self.history["eval_loss"].append(average)
        return average, good / everything if everything else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        everything = [self.epoch, self.step, self.history, self.model.state_dict(), self.optimizer.state_dict()]
        with open(path, "wb") as f:
            pickle.dump(everything, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            epoch, step, history, model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = epoch, step, history
