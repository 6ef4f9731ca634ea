"""Only the first parameter is measured

point: clipping
cause: wrong_norm
bug: The root, the scaling and the return stand inside the loop, so the norm is that of the first gradient
    alone.
remedy: Finish the loop over all parameters before taking the root and scaling.
source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
bug_id: G7
style: plain
subtle: yes
also_fails: none
"""

import math
import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch: int) -> float:
        if epoch < self.total_epochs:
            angle = math.pi * epoch / self.total_epochs
            return self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(angle)) / 2
        return self.min_lr


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            total += float((p.grad * p.grad).sum())
            norm = total**0.5
            if norm > max_norm:
                for q in parameters:
                    if q.grad is not None:
                        q.grad = q.grad * (max_norm / norm)
            return norm
    return 0.0


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
        running, count = 0.0, 0
        for p in self.model.parameters():
            p.grad = None
        for count, (batch_in, batch_out) in enumerate(dataloader, start=1):
            guess = self.model(batch_in)
            cost = self.loss_fn(guess, batch_out)
            running += cost.item()
            (cost * (1 / accumulation_steps)).backward()
            if count % accumulation_steps == 0:
                self.update()
        if count % accumulation_steps:
            self.update()
        self.epoch += 1
        self.history["train_loss"].append(running / count)
        return running / count

    def update(self):
        params = self.model.parameters()
        if self.grad_clip_norm is not None:
            clip_grad_norm(params, max_norm=self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        for p in params:
            p.grad = None

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            losses.append(self.loss_fn(guess, batch_out).item())
            right.extend(hits(guess.data, batch_out.data))
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
