"""Evaluation halves the learning rate when its loss does not improve.

point: modes
cause: evaluate_counts
bug: evaluate() contains a reduce-on-plateau rule that changes optimizer.lr.
remedy: Take the rule out; only the scheduler sets the rate, and without one it is left alone.
source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
bug_id: none
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
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm_sq = 0.0
    for p in parameters:
        if p.grad is not None:
            norm_sq += float(np.sum(p.grad * p.grad))
    norm = norm_sq**0.5
    if norm > max_norm:
        ratio = max_norm / norm
        for p in parameters:
            if p.grad is not None:
                p.grad *= ratio
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
        i = -1
        for i, (inputs, targets) in enumerate(dataloader):
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
                self.optimizer.zero_grad()
        if (i + 1) % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
            self.optimizer.zero_grad()
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            out = self.model(inputs)
            losses.append(self.loss_fn(out, targets).item())
            if len(out.shape) == 2 and out.shape[1] > 1:
                labels = targets.data
                if labels.ndim == 2:
                    if not (np.isin(labels, [0, 1]).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int((out.data.argmax(axis=1) == labels).sum())
                total += len(labels)
        loss = sum(losses) / len(losses)
        if self.history["eval_loss"] and loss >= min(self.history["eval_loss"]):
            self.optimizer.lr = self.optimizer.lr * 0.5
        self.history["eval_loss"].append(loss)
        return loss, (correct / total if total else 0.0)

    def save_checkpoint(self, path):
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(
                {
                    "epoch": self.epoch,
                    "step": self.step,
                    "history": self.history,
                    "model": self.model.state_dict(),
                    "optimizer": self.optimizer.state_dict(),
                },
                f,
            )

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            d = pickle.load(f)
        self.epoch, self.step, self.history = d["epoch"], d["step"], d["history"]
        self.model.load_state_dict(d["model"])
        self.optimizer.load_state_dict(d["optimizer"])
