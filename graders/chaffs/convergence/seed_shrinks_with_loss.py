"""Backward is seeded with a number that depends on the loss

point: convergence
cause: gradient_rescaled
bug: The seed is divided by 1 + |loss|, so that large losses give gradients that are too small.
remedy: Seed backward with one over the number of batches in the group, whatever the loss is.
source: https://www.deeplearningbook.org/contents/optimization.html
bug_id: C4
style: seeded
subtle: yes
also_fails: accumulation, clipping
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
        return self.min_lr


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
    return norm


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
            scale = 1.0 / (1.0 + np.abs(current.data))
            current.backward(scale / len(graph))
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for X, Y in dataloader:
            prediction = self.model(X)
            current = self.loss_fn(prediction, Y)
            loss_list.append(current.item())
            p, t = prediction.data, Y.data
            if p.ndim == 2 and p.shape[1] > 1:
                if t.ndim == 1:
                    right += int((p.argmax(axis=1) == t.astype(int)).sum())
                    seen += t.shape[0]
                elif set(np.unique(t)) <= {0, 1} and np.all(np.sum(t, axis=1) == 1):
                    right += int((p.argmax(axis=1) == t.argmax(axis=1)).sum())
                    seen += t.shape[0]
        self.model.training = True
        loss_value = float(np.mean(loss_list))
        accuracy = right / seen if seen > 0 else 0.0
        self.history["eval_loss"].append(loss_value)
        return loss_value, accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
