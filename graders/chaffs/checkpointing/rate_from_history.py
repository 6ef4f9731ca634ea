"""Takes the learning rate from the history instead of the optimizer.

point: checkpointing
cause: rate_not_saved
bug: the loaded rate is the last one an epoch was trained at, so a rate assigned since then is lost.
remedy: Restore the rate that the optimizer had when it was saved.
source: https://github.com/chainer/chainermn/issues/225
bug_id: K10
style: gradscale
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
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        self.history["learning_rates"].append(float(self.optimizer.lr))
        losses, in_group = [], 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            losses.append(loss.item())
            in_group += 1
            if in_group == accumulation_steps:
                in_group = self.update(in_group)
        if in_group:
            self.update(in_group)
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def update(self, in_group):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad * (1.0 / in_group)
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return 0

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits, n = [], 0, 0
        for x, y in dataloader:
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    hits += int((out.data.argmax(axis=1) == t).sum())
                    n += len(t)
        self.history["eval_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses), hits / n if n else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            own = [self.epoch, self.step, self.history]
            pickle.dump({"own": own, "w": self.model.state_dict(), "o": self.optimizer.state_dict()}, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            state = pickle.load(f)
        self.epoch, self.step, self.history = state["own"]
        self.model.load_state_dict(state["w"])
        self.optimizer.load_state_dict(state["o"])
        if self.history["learning_rates"]:
            self.optimizer.lr = self.history["learning_rates"][-1]
