"""Restores the step as steps times epochs.

point: checkpointing
cause: counters_not_saved
bug: loading takes the saved step for the steps of one epoch and multiplies it with the number of epochs.
remedy: Restore the saved step as it is; it counts over the whole run.
source: https://github.com/huggingface/diffusers/pull/3506
bug_id: K17
style: verbose
subtle: yes
also_fails: none
"""

import math
import pickle
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


@dataclass
class Checkpoint:
    epoch: int
    step: int
    weights: dict
    optimizer: dict
    history: dict = field(default_factory=dict)


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

    def _apply_update(self):
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
        total_loss, batches = 0.0, 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            total_loss += loss.item()
            batches += 1
            (loss / accumulation_steps).backward()
            if batches % accumulation_steps == 0:
                self._apply_update()
        if batches % accumulation_steps != 0:
            self._apply_update()
        self.epoch += 1
        mean = total_loss / batches
        self.history["train_loss"].append(mean)
        print(f"epoch {self.epoch}, step {self.step}, loss {mean:.5f}")
        return mean

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, batches, correct, samples = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += self.loss_fn(outputs, targets).item()
            batches += 1
            labels = targets.data
            if outputs.data.ndim == 2 and outputs.data.shape[1] > 1:
                if labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
                    labels = labels.argmax(axis=1)
                if labels.ndim == 1:
                    correct += int((outputs.data.argmax(axis=1) == labels).sum())
                    samples += len(labels)
        self.history["eval_loss"].append(total_loss / batches)
        return total_loss / batches, correct / samples if samples else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        checkpoint = Checkpoint(
            self.epoch, self.step, self.model.state_dict(), self.optimizer.state_dict(), self.history
        )
        Path(path).write_bytes(pickle.dumps(vars(checkpoint)))

    def load_checkpoint(self, path):
        checkpoint = Checkpoint(**pickle.loads(Path(path).read_bytes()))
        self.model.load_state_dict(checkpoint.weights)
        self.optimizer.load_state_dict(checkpoint.optimizer)
        self.epoch = checkpoint.epoch
        self.step = checkpoint.epoch * checkpoint.step
        self.history = checkpoint.history
        print(f"resumed at epoch {self.epoch}, step {self.step}")
