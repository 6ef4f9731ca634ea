"""Records the rate that the optimizer was made with.

point: history
cause: rates_wrong
bug: history["learning_rates"] always gets the optimizer's first rate, not the one the scheduler set.
remedy: Record the rate that was just set.
source: https://github.com/DLR-RM/stable-baselines3/issues/942
bug_id: H2
style: seeded
subtle: yes
also_fails: none
"""

import math
import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None))
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
        self.lr = float(optimizer.lr)
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.lr)
        self.optimizer.zero_grad()
        total, n = 0.0, 0
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward(np.full(loss.data.shape, 1.0 / accumulation_steps))
            total += float(loss.data)
            n += 1
            if n % accumulation_steps == 0:
                self.clip_and_step()
        if n % accumulation_steps:
            self.clip_and_step()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def clip_and_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total, n, right, samples = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            out, t = self.model(inputs), targets.data
            total += float(self.loss_fn(out, targets).data)
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    right += int((out.data.argmax(axis=1) == t).sum())
                    samples += len(t)
        self.history["eval_loss"].append(total / n)
        return total / n, right / samples if samples else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)
            pickle.dump({"epoch": self.epoch, "step": self.step, "history": self.history}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer = pickle.load(f)
            rest = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.__dict__.update(rest)
