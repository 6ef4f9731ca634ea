"""The evaluation loss of a regression is always 0.

point: modes
cause: loss_wrong
bug: the loss is weighted by a sample counter that only classification advances, so regression yields 0.0.
remedy: Count the samples of every batch before the accuracy is looked at.
source: https://github.com/giotto-ai/giotto-deep/issues/62
bug_id: M17
style: plain
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        epoch = min(epoch, self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) / 2 * (1 + math.cos(math.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(np.square(p.grad))) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = (max_norm / norm) * p.grad
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
        total, count = 0.0, 0
        for x, y in dataloader:
            if count % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            total += loss.item()
            count += 1
            (loss / accumulation_steps).backward()
            if count % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
        if count % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(total / count)
        return total / count

    def evaluate(self, dataloader):
        self.model.eval()
        weighted, samples, correct = 0.0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            weighted += self.loss_fn(out, y).item() * len(x.data)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    correct += int((out.data.argmax(axis=1) == t).sum())
                    samples += len(t)
        loss = weighted / samples if samples else 0.0
        accuracy = correct / samples if samples else 0.0
        self.history["eval_loss"].append(loss)
        return loss, accuracy

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump(self.epoch, f)
            pickle.dump(self.step, f)
            pickle.dump(self.history, f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            self.epoch = pickle.load(f)
            self.step = pickle.load(f)
            self.history = pickle.load(f)
            self.model.load_state_dict(pickle.load(f))
            self.optimizer.load_state_dict(pickle.load(f))
