"""Pickles the model and the optimizer one after the other.

point: checkpointing
cause: model_not_saved
bug: two separate pickles break the tie between the two: the loaded optimizer holds copies of the parameters.
remedy: Pickle both in one object, or load state dicts into the existing objects.
source: https://github.com/NVIDIA/Megatron-LM/issues/174
bug_id: none
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
        if epoch >= self.total_epochs:
            return self.min_lr
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / self.total_epochs))


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum((p.grad**2).sum() for p in parameters if p.grad is not None)))
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
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for i in range(0, len(batches), accumulation_steps):
            self.optimizer.zero_grad()
            for x, y in batches[i : i + accumulation_steps]:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss / accumulation_steps).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(batches))
        return sum(losses) / len(batches)

    def evaluate(self, dataloader):
        self.model.eval()
        results = [(self.model(x), y) for x, y in dataloader]
        loss = sum(self.loss_fn(out, y).item() for out, y in results) / len(results)
        hits = [hit for out, y in results for hit in self.hits(out.data, y.data)]
        self.history["eval_loss"].append(loss)
        return loss, sum(hits) / len(hits) if hits else 0.0

    def hits(self, out, y):
        if out.ndim == 2 and out.shape[1] > 1:
            if y.ndim == 1:
                return (out.argmax(axis=1) == y).tolist()
            if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
                return (out.argmax(axis=1) == y.argmax(axis=1)).tolist()
        return []

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump(self.model, f)
            pickle.dump(self.optimizer, f)
            pickle.dump([self.epoch, self.step, self.history], f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.model = pickle.load(f)
            self.optimizer = pickle.load(f)
            self.epoch, self.step, self.history = pickle.load(f)
