"""Records formatted strings.

point: history
cause: not_floats
bug: losses and rates are appended as strings such as "0.1234".
remedy: Append numbers; format them where they are printed.
source: https://github.com/fastestimator/fastestimator/pull/198
bug_id: H8
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

    def log(self, key, value):
        text = f"{value:.4f}"
        self.history[key].append(text)
        print(f"[epoch {self.epoch}] {key} = {text}")

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.log("learning_rates", self.optimizer.lr)
        self.optimizer.zero_grad()
        losses = []
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            (loss * (1.0 / accumulation_steps)).backward()
            if len(losses) % accumulation_steps == 0:
                self.update()
        if len(losses) % accumulation_steps:
            self.update()
        self.epoch += 1
        self.log("train_loss", np.mean(losses))
        return float(np.mean(losses))

    def update(self):
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
        self.log("eval_loss", np.mean(losses))
        return float(np.mean(losses)), correct / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = {"epoch": self.epoch, "step": self.step, "history": self.history}
        with open(path, "wb") as f:
            pickle.dump((state, self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state, model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = state["epoch"], state["step"], state["history"]
