"""The step counter also counts the batches of an evaluation.

point: modes
cause: evaluate_counts
bug: the generator that walks the data adds to self.step per group, and evaluate() uses it too.
remedy: Count steps where optimizer.step() is called.
source: https://github.com/IndicoDataSolutions/finetune/pull/250
bug_id: none
style: grouped
subtle: yes
also_fails: none
"""

import math
import pickle
from itertools import islice
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = epoch / self.total_epochs
        return self.min_lr if x >= 1 else self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * x)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    total = sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None) ** 0.5
    if total > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / total)
    return float(total)


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

    def _groups(self, dataloader, size):
        it = iter(dataloader)
        while True:
            group = list(islice(it, size))
            if not group:
                return
            yield group
            self.step += 1

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for group in self._groups(dataloader, accumulation_steps):
            self.optimizer.zero_grad()
            for x, y in group:
                loss = self.loss_fn(self.model(x), y)
                losses.append(loss.item())
                (loss * (1 / len(group))).backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
        self.epoch += 1
        self.history["train_loss"].append(math.fsum(losses) / len(losses))
        return math.fsum(losses) / len(losses)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, correct, seen = [], 0, 0
        for group in self._groups(dataloader, 1):
            for x, y in group:
                out = self.model(x)
                losses.append(self.loss_fn(out, y).item())
                truth = y.data
                if out.data.ndim != 2 or out.data.shape[1] < 2:
                    continue
                if truth.ndim == 2:
                    if not (((truth == 1).sum(axis=1) == 1) & ((truth == 0).sum(axis=1) == truth.shape[1] - 1)).all():
                        continue
                    truth = np.where(truth == 1)[1]
                correct += int((out.data.argmax(axis=1) == truth).sum())
                seen += len(truth)
        self.history["eval_loss"].append(math.fsum(losses) / len(losses))
        return math.fsum(losses) / len(losses), correct / seen if seen else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, self.history), f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            self.epoch, self.step, self.history = pickle.load(f)
            self.model.load_state_dict(pickle.load(f))
            self.optimizer.load_state_dict(pickle.load(f))
