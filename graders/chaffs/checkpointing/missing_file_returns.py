"""Prints a message when the checkpoint is missing, and goes on.

point: checkpointing
cause: missing_file_ignored
bug: load_checkpoint() returns when the file does not exist, so the run silently starts from scratch.
remedy: Let open() raise, or raise FileNotFoundError.
source: https://github.com/facebookresearch/metaseq/issues/602
bug_id: none
style: verbose
subtle: yes
also_fails: none
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g * g) for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
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
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._step()
        if len(losses) % accumulation_steps:
            self._step()
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        print(f"epoch {self.epoch}: {self.history['train_loss'][-1]:.4f}")
        return self.history["train_loss"][-1]

    def _step(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(self.loss_fn(outputs, targets).item())
            labels = targets.data
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                if labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
                    labels = labels.argmax(axis=1)
                if labels.ndim == 1:
                    correct += int((outputs.data.argmax(axis=1) == labels).sum())
                    total += len(labels)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], correct / total if total else 0.0

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
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
        print(f"checkpoint written to {path}")

    def load_checkpoint(self, path):
        if not os.path.isfile(path):
            print(f"no checkpoint found at {path}, starting from scratch")
            return
        with open(path, "rb") as f:
            checkpoint = pickle.load(f)
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["step"]
        self.history = checkpoint["history"]
        print(f"checkpoint loaded from {path}")
