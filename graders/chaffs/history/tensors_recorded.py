"""Records Tensors.

point: history
cause: not_floats
bug: the history gets the mean as a Tensor, whose float is returned.
remedy: Append the float.
source: https://github.com/jimmywangheng/knowledge_representation_pytorch/issues/4
bug_id: H8
style: gradscale
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np
from tinystack import Tensor


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = min(epoch, self.total_epochs) / self.total_epochs
        return float(self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * x)) / 2)


def clip_grad_norm(parameters, max_norm=1.0):
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in parameters if p.grad is not None)))
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
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        losses, n = [], 0
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            losses.append(loss.item())
            n += 1
            if n == accumulation_steps:
                self.update(n)
                n = 0
        if n:
            self.update(n)
        self.epoch += 1
        mean = Tensor(losses).mean()
        self.history["train_loss"].append(mean)
        return float(mean)

    def update(self, n):
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad / n
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right, total = [], 0, 0
        for x, y in dataloader:
            out, t = self.model(x), y.data
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                if t.ndim == 2 and np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all():
                    t = t.argmax(axis=1)
                if t.ndim == 1:
                    right += int((out.data.argmax(axis=1) == t).sum())
                    total += len(t)
        mean = Tensor(losses).mean()
        self.history["eval_loss"].append(mean)
        return float(mean), right / total if total else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, self.history), f)
            pickle.dump((self.model.state_dict(), self.optimizer.state_dict()), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            model, optimizer = pickle.load(f)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
