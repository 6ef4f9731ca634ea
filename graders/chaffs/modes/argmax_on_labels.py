"""Takes the argmax of integer labels.

point: modes
cause: accuracy_one_hot
bug: np.argmax(targets, axis=-1) is applied to labels of shape (N,), so all are compared with one number.
remedy: Take the argmax of the targets only when they are one-hot, of shape (N, C).
source: https://github.com/mrdbourke/tensorflow-deep-learning/issues/621
bug_id: M15
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
        if epoch >= self.total_epochs:
            return self.min_lr
        swing = (self.max_lr - self.min_lr) / 2
        return self.min_lr + swing * (1 + math.cos(math.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float(np.einsum("i,i->", p.grad.ravel(), p.grad.ravel()))
    total = math.sqrt(total)
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
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses, n = [], 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            losses.append(loss.item())
            loss.backward()
            n += 1
            if n == accumulation_steps:
                self.scale_clip_step(n)
                n = 0
        if n:
            self.scale_clip_step(n)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def scale_clip_step(self, n):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / n
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, total = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
                    continue
                hits += int(np.sum(np.argmax(out.data, axis=-1) == np.argmax(t, axis=-1)))
                total += len(out.data)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), (hits / total if total else 0.0)

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "model": self.model.state_dict(),
                    "optim": self.optimizer.state_dict(),
                    "where": (self.epoch, self.step),
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            c = pickle.load(f)
        self.model.load_state_dict(c["model"])
        self.optimizer.load_state_dict(c["optim"])
        self.epoch, self.step = c["where"]
        self.history = c["history"]
