"""Loading puts the schedule's first rate into the optimizer.

point: checkpointing
cause: schedule_position_lost
bug: the rate is set one epoch ahead, and load_checkpoint() sets it to get_lr(0) as the constructor does.
remedy: Set the rate to get_lr(self.epoch) after loading.
source: https://github.com/ultralytics/yolov5/issues/292
bug_id: K8
style: seeded
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
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
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
        self.reset_rate()

    def reset_rate(self):
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(0)

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                self.update()
        if len(losses) % accumulation_steps:
            self.update()
        self.epoch += 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            out = self.model(inputs)
            losses.append(self.loss_fn(out, targets).item())
            t = targets.data
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    correct += int((out.data.argmax(axis=1) == t).sum())
                    total += len(t)
        mean = sum(losses) / len(losses)
        self.history["eval_loss"].append(mean)
        return mean, correct / total if total else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
            pickle.dump((self.epoch, self.step, self.history), f)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            model, optimizer = pickle.load(f)
            counters = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = counters
        self.reset_rate()
