"""Takes the argmax over the samples instead of over the classes.

point: modes
cause: accuracy_wrong
bug: np.argmax(outputs, axis=0) yields one sample per class, not one class per sample.
remedy: Use axis=1.
source: https://github.com/Zasder3/train-CLIP/issues/6
bug_id: M14
style: listed
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
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * self._progress(epoch))) / 2

    def _progress(self, epoch):
        return min(epoch, self.total_epochs) / self.total_epochs


def clip_grad_norm(parameters, max_norm=1.0):
    gs = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([(g**2).sum() for g in gs])))
    if norm > max_norm:
        for p in parameters:
            p.grad = None if p.grad is None else p.grad * (max_norm / norm)
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
        batches = [batch for batch in dataloader]
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.model.train()
        total = 0.0
        while batches:
            group, batches = batches[:accumulation_steps], batches[accumulation_steps:]
            self.optimizer.zero_grad()
            total += self.run_group(group)
        self.epoch += 1
        mean = total / self.batches_seen
        self.batches_seen = 0
        self.history["train_loss"].append(mean)
        return mean

    batches_seen = 0

    def run_group(self, group):
        total = 0.0
        for x, y in group:
            loss = self.loss_fn(self.model(x), y)
            total += loss.item()
            (loss / len(group)).backward()
        self.batches_seen += len(group)
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return total

    def evaluate(self, dataloader):
        batches = [batch for batch in dataloader]
        self.model.eval()
        total, correct, samples = 0.0, 0, 0
        for x, y in batches:
            outputs = self.model(x)
            total += self.loss_fn(outputs, y).item()
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                labels = y.data
                if labels.ndim == 2:
                    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
                        continue
                    labels = np.argmax(labels, axis=1)
                predictions = np.argmax(outputs.data, axis=0)
                n = min(len(predictions), len(labels))
                correct += int(np.sum(predictions[:n] == labels[:n]))
                samples += len(labels)
        mean = total / len(batches)
        self.history["eval_loss"].append(mean)
        return mean, correct / samples if samples else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, self.history), f)
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            weights, buffers = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(buffers)
