"""Takes the number of evaluations for the number of epochs.

point: checkpointing
cause: counters_not_saved
bug: the epoch is not saved but set to the length of history["eval_loss"], wrong unless each epoch is evaluated.
remedy: Save and restore self.epoch.
source: https://github.com/dusty-nv/jetson-inference/issues/881
bug_id: none
style: seeded
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
        t = np.clip(epoch / self.total_epochs, 0, 1)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * t)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    total = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in parameters if p.grad is not None)))
    if total > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / total
    return total


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
        losses, group = [], 0
        for x, y in dataloader:
            if group == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            loss.backward(np.full(loss.data.shape, 1.0 / accumulation_steps))
            group += 1
            if group == accumulation_steps:
                self.step_optimizer()
                group = 0
        if group:
            self.step_optimizer()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def step_optimizer(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                        continue
                    t = t.argmax(axis=1)
                right += int((out.data.argmax(axis=1) == t).sum())
                total += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), right / total if total else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict(), self.history, self.step), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            model, optimizer, self.history, self.step = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch = len(self.history["eval_loss"])
