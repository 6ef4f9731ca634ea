"""Evaluation losses land in the list of the training losses.

point: history
cause: eval_loss_missing
bug: evaluate() ends with a line copied from train_epoch(), which appends to history["train_loss"].
remedy: Append to history["eval_loss"] in evaluate().
source: https://github.com/KevinMusgrave/pytorch-metric-learning/issues/122
bug_id: none
style: plain
subtle: yes
also_fails: none
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm_sq = 0.0
    for p in parameters:
        if p.grad is not None:
            norm_sq += float(np.sum(p.grad * p.grad))
    norm = norm_sq**0.5
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
        total_loss, num_batches = 0.0, 0
        for x, y in dataloader:
            if num_batches % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss * (1.0 / accumulation_steps)).backward()
            total_loss += loss.item()
            num_batches += 1
            if num_batches % accumulation_steps == 0:
                self.do_step()
        if num_batches % accumulation_steps != 0:
            self.do_step()
        self.epoch += 1
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        return avg_loss

    def do_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, num_batches, correct, total = 0.0, 0, 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            total_loss += self.loss_fn(out, y).item()
            num_batches += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    correct += int((out.data.argmax(axis=1) == t).sum())
                    total += len(t)
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        return avg_loss, correct / total if total else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump([self.epoch, self.step, self.history], f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
