"""Rounds the recorded losses to two decimals.

point: history
cause: train_loss_wrong
bug: history["train_loss"] holds round(loss, 2), which is not the loss that was returned.
remedy: Record the loss as it is and round where it is printed.
source: https://github.com/huggingface/transformers/pull/42104
bug_id: none
style: verbose
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
    params = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in params)))
    if norm > max_norm:
        for p in params:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self._epoch = 0
        self._step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    @property
    def epoch(self):
        return self._epoch

    @property
    def step(self):
        return self._step

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self._epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            if len(losses) % accumulation_steps == 0:
                self._optimize()
        if len(losses) % accumulation_steps:
            self._optimize()
        self._epoch += 1
        epoch_loss = float(np.mean(losses))
        self.history["train_loss"].append(round(epoch_loss, 2))
        print(f"epoch {self._epoch}: {epoch_loss:.2f}")
        return epoch_loss

    def _optimize(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._step += 1

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
        eval_loss = float(np.mean(losses))
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, correct / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"epoch": self._epoch, "step": self._step, "history": self.history}, f)
            pickle.dump([self.model.state_dict(), self.optimizer.state_dict()], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            own = pickle.load(f)
            model, optimizer = pickle.load(f)
        self._epoch, self._step, self.history = own["epoch"], own["step"], own["history"]
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
