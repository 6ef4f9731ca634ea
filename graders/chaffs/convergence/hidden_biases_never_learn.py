"""The biases of hidden layers never learn

point: convergence
cause: parameters_frozen
bug: Gradients of one-dimensional parameters before the last one are set to None, so hidden biases stay as
    they were.
remedy: Let biases learn like weights.
source: https://github.com/nttcslab/byol-a/issues/7
bug_id: O31
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


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


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
            for X, Y in batches:
                graph.append(self.loss_fn(self.model(X), Y))
                if len(graph) == accumulation_steps:
                    break
            else:
                exhausted = True
            if graph:
                batch_losses += [current.item() for current in graph]
                self.learn(graph)

        mean = sum(batch_losses) / len(batch_losses)
        self.epoch += 1
        self.history["train_loss"].append(mean)
        return mean

    def learn(self, graph):
        self.optimizer.zero_grad()
        for current in graph:
            current.backward(np.ones_like(current.data) / len(graph))
        for p in self.model.parameters()[:-1]:
            if p.data.ndim < 2:
                p.grad = None
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for X, Y in dataloader:
            prediction = self.model(X)
            losses.append(self.loss_fn(prediction, Y).item())
            right.extend(hits(prediction.data, Y.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

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
