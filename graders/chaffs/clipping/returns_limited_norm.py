"""The returned norm is limited to max_norm

point: clipping
cause: norm_after_clipping
bug: The function returns min(norm, max_norm), which hides how long the gradient was.
remedy: Return norm itself.
source: https://github.com/verl-project/verl/issues/2282
bug_id: G12
style: listed
subtle: yes
also_fails: none
"""

import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = (1 + np.cos(np.pi * epoch / self.total_epochs)) / 2
        return self.min_lr + (self.max_lr - self.min_lr) * cosine


def class_labels(outputs, targets):
    if outputs.ndim < 2 or outputs.shape[1] < 2:
        return None
    if targets.ndim == 1:
        return targets
    binary = np.logical_or(targets == 0, targets == 1).all()
    return targets.argmax(axis=1) if binary and (targets.sum(axis=1) == 1).all() else None


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = sum(float(np.vdot(g, g)) for g in grads) ** 0.5
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return min(norm, max_norm)


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
        batches = list(dataloader)
        losses = []
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        for start in range(0, len(batches), accumulation_steps):
            chunk = batches[start : start + accumulation_steps]
            self.optimizer.zero_grad()
            for sample, wanted in chunk:
                produced = self.model(sample)
                loss_t = self.loss_fn(produced, wanted)
                losses.append(float(loss_t))
                (loss_t * (1.0 / len(chunk))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        mean_loss = sum(losses) / len(batches)
        self.history["train_loss"].append(mean_loss)
        self.epoch += 1
        return mean_loss

    def evaluate(self, dataloader):
        """Mean loss and accuracy, without touching the training state."""
        self.model.eval()
        losses, flags = [], []
        for sample, wanted in dataloader:
            produced = self.model(sample)
            losses.append(self.loss_fn(produced, wanted).item())
            labels = class_labels(produced.data, wanted.data)
            if labels is not None:
                flags.extend(produced.data.argmax(axis=1) == labels)
        self.model.train()
        result = sum(losses) / len(losses)
        self.history["eval_loss"].append(result)
        return result, float(np.mean(flags)) if flags else 0.0

    def save_checkpoint(self, path):
        os.makedirs(Path(path).parent, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}, f)
            pickle.dump((self.epoch, self.step, {k: list(v) for k, v in self.history.items()}), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            parts = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
        for name, state in parts.items():
            getattr(self, name).load_state_dict(state)
