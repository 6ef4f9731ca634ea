"""Records an evaluation only when it is the best so far.

point: history
cause: eval_loss_missing
bug: history["eval_loss"] gains an entry only if the loss is below the lowest one before.
remedy: Append the loss of every evaluation; keep the best one elsewhere.
source: https://github.com/snikolov/neural-beats/issues/6
bug_id: none
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
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.vdot(p.grad, p.grad)) for p in parameters if p.grad is not None))
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
        self.optimizer.zero_grad()
        total, n, waiting = 0.0, 0, 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            total += loss.item()
            n += 1
            waiting += 1
            if waiting == accumulation_steps:
                self.update(waiting)
                waiting = 0
        if waiting:
            self.update(waiting)
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def update(self, count):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / count
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total, n, hits, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            total += self.loss_fn(out, y).item()
            n += 1
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += int((out.data.argmax(axis=1) == t).sum())
                    samples += len(t)
        loss = total / n
        if loss < min(self.history["eval_loss"], default=math.inf):
            self.history["eval_loss"].append(loss)
        return loss, hits / samples if samples else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(path) or os.curdir, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                    "epoch": self.epoch,
                    "step": self.step,
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.model.load_state_dict(state.pop("model"))
        self.optimizer.load_state_dict(state.pop("optimizer"))
        self.__dict__.update(state)
