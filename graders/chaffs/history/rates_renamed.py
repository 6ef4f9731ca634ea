"""Records the rates under another name.

point: history
cause: rates_missing
bug: the rates go to history["lr"], and history["learning_rates"] does not exist.
remedy: Use the key "learning_rates".
source: https://github.com/Pointcept/Pointcept/issues/24
bug_id: H4
style: verbose
subtle: yes
also_fails: none
"""

import pickle
from collections import defaultdict
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = min(1.0, epoch / self.total_epochs)
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * progress)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    if not isinstance(parameters, list):
        parameters = list(parameters)
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in parameters if p.grad is not None)))
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
        self.history = {"train_loss": [], "eval_loss": [], "lr": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["lr"].append(float(lr))
            print(f"epoch {self.epoch + 1} at learning rate {lr:.5f}")
        sums = defaultdict(float)
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            sums["loss"] += loss.item()
            sums["batches"] += 1
            (loss * (1.0 / accumulation_steps)).backward()
            if sums["batches"] % accumulation_steps == 0:
                self._update()
        if sums["batches"] % accumulation_steps != 0:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(sums["loss"] / sums["batches"])
        return self.history["train_loss"][-1]

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, total = [], 0, 0
        for inputs, targets in dataloader:
            outputs, labels = self.model(inputs), targets.data
            losses.append(self.loss_fn(outputs, targets).item())
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                if labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
                    labels = labels.argmax(axis=1)
                if labels.ndim == 1:
                    correct += int((outputs.data.argmax(axis=1) == labels).sum())
                    total += len(labels)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], correct / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        content = {"history": self.history, "epoch": self.epoch, "step": self.step}
        content["states"] = (self.model.state_dict(), self.optimizer.state_dict())
        Path(path).write_bytes(pickle.dumps(content))

    def load_checkpoint(self, path):
        content = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(content["states"][0])
        self.optimizer.load_state_dict(content["states"][1])
        self.history, self.epoch, self.step = content["history"], content["epoch"], content["step"]
