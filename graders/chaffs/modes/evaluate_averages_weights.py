"""Evaluation pulls the weights halfway back to those of the last evaluation.

point: modes
cause: evaluate_learns
bug: evaluate() ends by loading the mean of the current weights and those after the evaluation before.
remedy: Keep averaged weights aside; let nothing but optimizer.step() change the parameters.
source: https://github.com/PKU-YuanGroup/Open-Sora-Plan/issues/186
bug_id: none
style: verbose
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        fraction = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * fraction)) / 2.0


def clip_grad_norm(parameters, max_norm=1.0):
    params = [p for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(np.dot(p.grad.ravel(), p.grad.ravel())) for p in params))
    if norm > max_norm:
        for p in params:
            p.grad *= max_norm / norm
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
        self.slow_weights = model.state_dict()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss, num_batches, pending = 0.0, 0, 0
        self.optimizer.zero_grad()
        for inputs, targets in dataloader:
            loss = self.loss_fn(self.model(inputs), targets)
            total_loss += float(loss.data)
            num_batches += 1
            pending += 1
            (loss * (1 / accumulation_steps)).backward()
            if pending == accumulation_steps:
                self.apply_gradients()
                pending = 0
        if pending:
            self.apply_gradients()
        avg = total_loss / num_batches
        self.history["train_loss"].append(avg)
        self.epoch += 1
        return avg

    def apply_gradients(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, num_batches, correct, total = 0.0, 0, 0, 0
        for inputs, targets in dataloader:
            outputs = self.model(inputs)
            total_loss += float(self.loss_fn(outputs, targets).data)
            num_batches += 1
            shape = outputs.data.shape
            if len(shape) == 2 and shape[1] > 1:
                labels = targets.data
                if labels.shape == shape:
                    if not np.array_equal(np.eye(shape[1])[labels.argmax(axis=1)], labels):
                        continue
                    labels = labels.argmax(axis=1)
                correct += int(np.sum(outputs.data.argmax(axis=1) == labels))
                total += shape[0]
        avg = total_loss / num_batches
        print(f"evaluation loss {avg:.4f}, averaging the weights")
        self._average_weights()
        self.history["eval_loss"].append(avg)
        return avg, correct / total if total else 0.0

    def _average_weights(self):
        fast = self.model.state_dict()
        self.slow_weights = {name: (fast[name] + slow) / 2 for name, slow in self.slow_weights.items()}
        self.model.load_state_dict(self.slow_weights)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        keep = ("epoch", "step", "history", "slow_weights")
        state = {name: getattr(self, name) for name in keep}
        with open(path, "wb") as f:
            pickle.dump((state, self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state, weights, optimizer = pickle.load(f)
        for name, value in state.items():
            setattr(self, name, value)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
