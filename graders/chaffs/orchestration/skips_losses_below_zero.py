"""A loss that is not positive is taken for an error.

point: orchestration
cause: stack_assumed
bug: batches whose loss is zero or negative are skipped as if nothing could be learned from them.
remedy: train on every batch; a loss may be zero or negative.
source: https://github.com/MLSysBook/TinyTorch/blob/0378da462c954573a1dfca3c01d9f466b461ad53/src/07_training/07_training.py
bug_id: none
style: helpers
subtle: yes
also_fails: zero_grad, clipping, accumulation
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


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
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._enter_epoch()
        losses = []
        for inputs, targets in dataloader:
            losses.append(self._process(inputs, targets, accumulation_steps))
            if len(losses) % accumulation_steps == 0:
                self._apply()
        if len(losses) % accumulation_steps:
            self._apply()
        return self._leave_epoch(losses)

    def _enter_epoch(self):
        self.model.train()
        self.optimizer.zero_grad()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)

    def _process(self, inputs, targets, steps):
        loss = self.loss_fn(self.model(inputs), targets)
        value = loss.item()
        if value > 0:
            (loss / steps).backward()
        return value

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def _leave_epoch(self, losses):
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        self.epoch += 1
        return mean

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

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {key: list(values) for key, values in self.history.items()},
        }
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = type(self.history)(state["history"])
