"""Training is a generator that yields the loss of each batch; an epoch only walks through it.

free_choices: zero_grad_before_forward, call_model, train_method, mode_restored, scaled_loss,
    short_group_by_k, clip_epsilon_absolute, clip_in_place, clip_numpy, rates_empty, helper_functions,
    private_methods, checkpoint_json, rate_set_each_epoch, mean_by_batch, stale_cleared, fetch_one_ahead
"""

import base64
import json
import math
import pickle
import statistics
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if not epoch < self.total_epochs:
            return self.min_lr
        return statistics.fmean(
            [self.max_lr, self.min_lr],
            weights=[1 + (c := math.cos(math.pi * epoch / self.total_epochs)), 1 - c],
        )


def clip_grad_norm(parameters, max_norm=1.0):
    def grads():
        return (p.grad for p in parameters if p.grad is not None)

    norm = math.sqrt(sum(float((g**2).sum()) for g in grads()))
    if norm > max_norm:
        for g in grads():
            g *= max_norm / (norm + 1e-7)
    return norm


def verdicts(out, target):
    """One bool per sample: is the largest output at the class?"""
    if out.ndim == 2 and out.shape[1] > 1:
        if target.ndim == 1:
            yield from out.argmax(axis=1) == target
            return
        if all(np.count_nonzero(row) == 1 and row.max() == 1 for row in target):
            yield from out.argmax(axis=1) == target.argmax(axis=1)
            return
    yield from [False] * len(out)


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

    def _losses(self, dataloader, k):
        batches = enumerate(dataloader)
        upcoming = next(batches, None)
        while upcoming is not None:
            i, (x, y) = upcoming
            if i % k == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            (loss / k).backward()
            upcoming = next(batches, None)
            if upcoming is None or i % k == k - 1:
                self._update()
            yield loss.item()

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def _evaluations(self, dataloader):
        for x, y in dataloader:
            out = self.model(x)
            yield self.loss_fn(out, y).item(), list(verdicts(out.data, y.data))

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        mean = statistics.fmean(self._losses(dataloader, accumulation_steps))
        self.epoch += 1
        self.history["train_loss"].append(mean)
        return mean

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        losses, right = zip(*self._evaluations(dataloader), strict=True)
        self.model.training = before
        mean = statistics.fmean(losses)
        self.history["eval_loss"].append(mean)
        return mean, statistics.fmean(float(r) for batch in right for r in batch)

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        blob = pickle.dumps([self.model.state_dict(), self.optimizer.state_dict()])
        plain = {"epoch": self.epoch, "step": self.step, "history": self.history}
        path.write_text(json.dumps(plain | {"state": base64.b64encode(blob).decode("ascii")}, indent=2))

    def load_checkpoint(self, path):
        document = json.loads(Path(path).read_text())
        model, optimizer = pickle.loads(base64.b64decode(document["state"]))
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step, self.history = document["epoch"], document["step"], document["history"]
