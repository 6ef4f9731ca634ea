"""Switches the trainer's own flag, never the model's.

point: modes
cause: partial_switch
bug: train_epoch() and evaluate() set self.training of the trainer, so the model stays in training mode.
remedy: Set self.model.training (or call self.model.train() and self.model.eval()).
source: https://github.com/d2l-ai/d2l-en/issues/1093
bug_id: M4
style: seeded
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch > self.total_epochs:
            epoch = self.total_epochs
        return self.min_lr + (self.max_lr - self.min_lr) * 0.5 * (1 + np.cos(np.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for parameter in parameters:
        if parameter.grad is None:
            continue
        total += np.sum(np.abs(parameter.grad) ** 2)
    total = float(total**0.5)
    if total > max_norm:
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad = max_norm / total * parameter.grad
    return total


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.training = True
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        seed = 1.0 / accumulation_steps
        total, batches = 0.0, 0
        for inputs, targets in dataloader:
            if batches % accumulation_steps == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward(np.full_like(loss.data, seed))
            total += float(loss)
            batches += 1
            if batches % accumulation_steps == 0:
                self.clip_and_step()
        if batches % accumulation_steps:
            self.clip_and_step()
        self.epoch += 1
        self.history["train_loss"].append(total / batches)
        return total / batches

    def clip_and_step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.training = False
        total, batches, correct, seen = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            logits = self.model(inputs)
            total += float(self.loss_fn(logits, targets))
            batches += 1
            if logits.data.ndim == 2 and logits.data.shape[1] >= 2:
                t = targets.data
                if t.ndim == 2:
                    hot = np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()
                    t = t.argmax(axis=1) if hot else None
                if t is not None:
                    correct += int((logits.data.argmax(axis=1) == t).sum())
                    seen += t.shape[0]
        self.history["eval_loss"].append(total / batches)
        return total / batches, correct / seen if seen else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as f:
            pickle.dump(
                {
                    "model_state": self.model.state_dict(),
                    "optimizer_state": self.optimizer.state_dict(),
                    "progress": [self.epoch, self.step],
                    "history": self.history,
                },
                f,
            )

    def load_checkpoint(self, path):
        with Path(path).open("rb") as f:
            ckpt = pickle.load(f)
        self.model.load_state_dict(ckpt["model_state"])
        self.optimizer.load_state_dict(ckpt["optimizer_state"])
        self.epoch, self.step = ckpt["progress"]
        self.history = ckpt["history"]
