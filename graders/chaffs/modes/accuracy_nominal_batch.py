"""Divides the hits by the nominal number of samples.

point: modes
cause: accuracy_wrong
bug: the accuracy is hits / (batches * size of the first batch), too small when the last batch is short.
remedy: Add up the real sizes of the batches.
source: https://github.com/mitmul/chainer-cifar10/issues/1
bug_id: M12
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
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.max_lr - (self.max_lr - self.min_lr) * (1 - math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = 0.0
    for p in parameters:
        norm = math.hypot(norm, float(np.linalg.norm(p.grad)) if p.grad is not None else 0.0)
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
        loss_sum, batches, left = 0.0, 0, accumulation_steps
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss * (1.0 / accumulation_steps)).backward()
            loss_sum += float(loss)
            batches += 1
            left -= 1
            if left == 0:
                self.update()
                left = accumulation_steps
        if left < accumulation_steps:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(loss_sum / batches)
        return loss_sum / batches

    def update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        loss_sum, batches, hits, batch_size, classifies = 0.0, 0, 0, None, False
        for x, y in dataloader:
            out = self.model(x)
            loss_sum += float(self.loss_fn(out, y))
            batches += 1
            if batch_size is None:
                batch_size = len(x.data)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                        continue
                    t = t.argmax(axis=1)
                classifies = True
                hits += int((out.data.argmax(axis=1) == t).sum())
        self.history["eval_loss"].append(loss_sum / batches)
        return loss_sum / batches, hits / (batches * batch_size) if classifies else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(exist_ok=True, parents=True)
        with open(path, "wb") as f:
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)
            pickle.dump({"epoch": self.epoch, "step": self.step, "history": self.history}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.model.load_state_dict(pickle.load(f))
            self.optimizer.load_state_dict(pickle.load(f))
            for name, value in pickle.load(f).items():
                setattr(self, name, value)
