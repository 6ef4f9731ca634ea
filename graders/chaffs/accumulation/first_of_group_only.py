"""Only the first batch of each group is used.

point: accumulation
cause: last_batch_only
bug: the loop walks the list of batches with a stride of accumulation_steps, so the other batches of a group
    are skipped.
remedy: take slices of accumulation_steps batches and walk through each slice.
source: https://github.com/Luodian/Otter/issues/304
bug_id: O2
style: listed
subtle: yes
also_fails: orchestration
"""

import gzip
import math
import os
import pickle
from dataclasses import dataclass

import numpy as np


@dataclass
class CosineSchedule:
    max_lr: float = 0.1
    min_lr: float = 0.01
    total_epochs: int = 100

    def get_lr(self, epoch):
        if epoch < self.total_epochs:
            swing = self.max_lr - self.min_lr
            return self.min_lr + swing * (1 + math.cos(math.pi * epoch / self.total_epochs)) / 2
        return self.min_lr


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        batches = list(dataloader)
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        for i in range(0, len(batches), accumulation_steps):
            inputs, targets = batches[i]
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            losses.append(loss.item())
            loss.backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(sum(losses) / len(losses))
        return sum(losses) / len(losses)

    def evaluate(self, dataloader):
        self.model.training = False
        results = [self._evaluate_batch(x, t) for x, t in dataloader]
        loss = sum(r[0] for r in results) / len(results)
        size = sum(r[2] for r in results)
        self.history["eval_loss"].append(loss)
        return loss, (sum(r[1] for r in results) / size if size else 0.0)

    def _evaluate_batch(self, x, t):
        out = self.model(x)
        loss = self.loss_fn(out, t).item()
        guess, target = out.data, t.data
        if guess.ndim != 2 or guess.shape[1] == 1:
            return loss, 0, 0
        if target.ndim == 2:
            if not (np.all(target * (1 - target) == 0) and np.all(np.sum(target, axis=1) == 1)):
                return loss, 0, 0
            target = np.argmax(target, axis=1)
        hits = np.count_nonzero(np.argmax(guess, axis=1) == target)
        return loss, int(hits), len(guess)

    def _state(self):
        return {
            "params": self.model.state_dict(),
            "optim": self.optimizer.state_dict(),
            "counters": [self.epoch, self.step],
            "history": {k: v[:] for k, v in self.history.items()},
        }

    def save_checkpoint(self, path):
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with gzip.open(path, "wb") as out:
            pickle.dump(self._state(), out)

    def load_checkpoint(self, path):
        if not os.path.isfile(path):
            raise FileNotFoundError(path)
        with gzip.open(path, "rb") as stream:
            saved = pickle.load(stream)
        self.model.load_state_dict(saved["params"])
        self.optimizer.load_state_dict(saved["optim"])
        self.epoch, self.step = saved["counters"]
        self.history.update(saved["history"])
