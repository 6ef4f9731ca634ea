"""The norms of the parameters are added up

point: clipping
cause: wrong_norm
bug: The global norm is taken as the sum of the parameters' norms, which is too large.
remedy: Add the squares of the norms and take the root of the sum.
source: https://github.com/apache/mxnet/issues/9291
bug_id: none
style: seeded
subtle: yes
also_fails: none
"""

import math
import os
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        span = max_lr - min_lr
        self.min_lr = min_lr
        self.table = [
            min_lr + span * (1 + math.cos(math.pi * e / total_epochs)) / 2 for e in range(total_epochs)
        ]

    def get_lr(self, epoch):
        return self.table[epoch] if epoch < len(self.table) else self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    """Rescale the gradients so that their norm is not larger than max_norm."""
    total = sum(float(np.linalg.norm(p.grad)) for p in parameters if p.grad is not None)
    if total > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / total
    return total


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = float(self.scheduler.get_lr(self.epoch))
            self.history["learning_rates"].append(self.optimizer.lr)

        batch_losses = []
        batches = iter(dataloader)
        exhausted = False
        while not exhausted:
            graph = []
            for features, labels in batches:
                graph.append(self.loss_fn(self.model(features), labels))
                if len(graph) == accumulation_steps:
                    break
            else:
                exhausted = True
            if graph:
                batch_losses += [loss_value.item() for loss_value in graph]
                self.learn(graph)

        mean = sum(batch_losses) / len(batch_losses)
        self.epoch += 1
        self.history["train_loss"].append(mean)
        return mean

    def learn(self, graph):
        self.optimizer.zero_grad()
        for loss_value in graph:
            loss_value.backward(np.ones_like(loss_value.data) / len(graph))
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for features, labels in dataloader:
            predictions = self.model(features)
            total_loss += float(self.loss_fn(predictions, labels))
            n_batches += 1
            if self._is_classification(predictions.data, labels.data):
                truth = labels.data if labels.data.ndim == 1 else np.argmax(labels.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(predictions.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

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
