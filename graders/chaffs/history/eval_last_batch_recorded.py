"""Records the loss of the last evaluation batch.

point: history
cause: eval_loss_wrong
bug: evaluate() returns the mean of the losses but appends the loss of its last batch.
remedy: Append the mean that is returned.
source: https://github.com/NVIDIA/DeepLearningExamples/pull/299
bug_id: O11
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import chain, islice
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
    norm = float(np.sqrt(sum(np.sum(p.grad**2) for p in parameters if p.grad is not None)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = dict(train_loss=[], eval_loss=[], learning_rates=[])

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses, batches = [], iter(dataloader)
        for first in batches:
            self.optimizer.zero_grad()
            for x, y in chain([first], islice(batches, accumulation_steps - 1)):
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / accumulation_steps).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out, t = self.model(x), y.data
            loss = self.loss_fn(out, y).item()
            losses.append(loss)
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits.append(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(loss)
        return float(np.mean(losses)), float(np.concatenate(hits).mean()) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump({k: v for k, v in vars(self).items() if k in {"epoch", "step", "history"}}, f)
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            vars(self).update(pickle.load(f))
            model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
