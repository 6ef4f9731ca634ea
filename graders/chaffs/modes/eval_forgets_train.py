"""Never goes back to training mode after an evaluation.

point: modes
cause: trains_in_evaluation
bug: evaluate() switches the model to evaluation mode and train_epoch() never switches it back.
remedy: Call self.model.train() at the start of train_epoch().
source: https://github.com/wkentaro/pytorch-fcn/pull/56
bug_id: M1
style: plain
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
        cos = math.cos(math.pi * epoch / self.total_epochs)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + cos) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float(np.sum(p.grad**2))
    norm = math.sqrt(total)
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
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total, n, waiting = 0.0, 0, False
        self.optimizer.zero_grad()
        for i, (x, y) in enumerate(dataloader):
            loss = self.loss_fn(self.model(x), y)
            total += float(loss.data)
            n += 1
            (loss * (1.0 / accumulation_steps)).backward()
            waiting = True
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
                waiting = False
        if waiting:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def evaluate(self, dataloader):
        self.model.eval()
        total, n, correct, samples = 0.0, 0, 0, 0
        for x, y in dataloader:
            out = self.model(x)
            total += float(self.loss_fn(out, y).data)
            n += 1
            if len(out.shape) == 2 and out.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.all((t == 0) | (t == 1)) and np.all(t.sum(axis=1) == 1):
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    correct += int(np.sum(out.data.argmax(axis=1) == t))
                    samples += len(t)
        self.history["eval_loss"].append(total / n)
        return total / n, correct / samples if samples else 0.0

    def save_checkpoint(self, path):
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
        }
        with open(path, "wb") as f:
            pickle.dump(state, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = state["history"]
