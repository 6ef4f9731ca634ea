"""Saves the history without the losses of evaluate.

point: history
cause: lost_by_loading
bug: eval_loss is empty after loading.
remedy: Save all of the history.
source: https://github.com/allenai/allennlp/pull/359
bug_id: none
style: plain
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
        if epoch >= self.total_epochs:
            return self.min_lr
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
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

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        waiting = 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            losses.append(float(loss))
            waiting += 1
            if waiting == accumulation_steps:
                self._update()
                waiting = 0
        if waiting:
            self._update()
        self.epoch += 1
        mean = float(np.mean(losses))
        self.history["train_loss"].append(mean)
        return mean

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, samples = [], 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            losses.append(float(self.loss_fn(outputs, targets)))
            scores, labels = outputs.data, targets.data
            if scores.ndim == 2 and scores.shape[1] >= 2:
                if labels.ndim == 2:
                    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int((scores.argmax(axis=1) == labels).sum())
                samples += len(labels)
        self.model.train()
        mean = float(np.mean(losses))
        self.history["eval_loss"].append(mean)
        return mean, (correct / samples if samples else 0.0)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {name: list(self.history[name]) for name in ("train_loss", "learning_rates")},
        }
        with open(path, "wb") as file:
            pickle.dump(checkpoint, file)

    def load_checkpoint(self, path):
        with open(path, "rb") as file:
            checkpoint = pickle.load(file)
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.epoch = checkpoint["epoch"]
        self.step = checkpoint["step"]
        self.history = {**checkpoint["history"], "eval_loss": []}
