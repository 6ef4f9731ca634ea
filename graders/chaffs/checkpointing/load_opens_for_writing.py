"""Opens the checkpoint for writing when it should read it.

point: checkpointing
cause: model_not_saved
bug: load_checkpoint() opens the file with mode "w+b", which empties it before anything is read.
remedy: Open with mode "rb".
source: https://github.com/Parsl/parsl/pull/231
bug_id: K13
style: plain
subtle: no
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
        if epoch >= self.total_epochs:
            return self.min_lr
        cos = math.cos(math.pi * epoch / self.total_epochs)
        return 0.5 * (self.max_lr + self.min_lr) + 0.5 * (self.max_lr - self.min_lr) * cos


def clip_grad_norm(parameters, max_norm=1.0):
    squares = 0.0
    for p in parameters:
        if p.grad is not None:
            squares += float((p.grad**2).sum())
    norm = math.sqrt(squares)
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
        losses = []
        for i, (x, y) in enumerate(dataloader):
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            (loss * (1.0 / accumulation_steps)).backward()
            if (i + 1) % accumulation_steps == 0:
                self.take_step()
        if len(losses) % accumulation_steps != 0:
            self.take_step()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def take_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, good, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    good += int((out.data.argmax(axis=1) == t).sum())
                    total += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), good / total if total else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        f = open(path, "wb")
        pickle.dump([self.epoch, self.step, self.history], f)
        pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)
        f.close()

    def load_checkpoint(self, path):
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        f = open(path, "w+b")
        self.epoch, self.step, self.history = pickle.load(f)
        model, optimizer = pickle.load(f)
        f.close()
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
