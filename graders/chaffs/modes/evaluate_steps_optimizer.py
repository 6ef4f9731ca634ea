"""Evaluation takes optimizer steps.

point: modes
cause: evaluate_learns
bug: evaluate() shares the loop of training and runs backward() and optimizer.step() on the evaluation data.
remedy: Skip backward() and step() when the loop runs for evaluation.
source: https://github.com/SKrisanski/FSCT/issues/12
bug_id: M6
style: helpers
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.high, self.low, self.total = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total:
            return self.low
        return self.low + (self.high - self.low) * (1 + math.cos(math.pi * epoch / self.total)) / 2


def clip_grad_norm(parameters, max_norm=1.0):
    norm = math.sqrt(sum(float(np.sum(p.grad**2)) for p in parameters if p.grad is not None))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad / norm * max_norm
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model = model
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _learn(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def _accuracy_counts(self, out, y):
        if out.ndim != 2 or out.shape[1] < 2:
            return 0, 0
        if y.ndim == 2:
            if not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
                return 0, 0
            y = y.argmax(axis=1)
        return int((out.argmax(axis=1) == y).sum()), len(y)

    def _run(self, dataloader, every):
        """Walk the data once; return the losses, the hits, the samples and the number of updates."""
        losses, hits, samples, updates = [], 0, 0, 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            out = self.model(x)
            loss = self.loss_fn(out, y)
            losses.append(loss.item())
            good, count = self._accuracy_counts(out.data, y.data)
            hits, samples = hits + good, samples + count
            (loss / every).backward()
            if len(losses) % every == 0:
                self._learn()
                updates += 1
        if len(losses) % every:
            self._learn()
            updates += 1
        return sum(losses) / len(losses), hits, samples, updates

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss, _, _, updates = self._run(dataloader, accumulation_steps)
        self.step += updates
        self.epoch += 1
        self.history["train_loss"].append(loss)
        return loss

    def evaluate(self, dataloader):
        self.model.eval()
        loss, hits, samples, _ = self._run(dataloader, 1)
        self.history["eval_loss"].append(loss)
        return loss, hits / samples if samples else 0.0

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = {"epoch": self.epoch, "step": self.step, "history": self.history}
        path.write_bytes(pickle.dumps((mine, self.model.state_dict(), self.optimizer.state_dict())))

    def load_checkpoint(self, path):
        mine, model, optimizer = pickle.loads(Path(path).read_bytes())
        vars(self).update(mine)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
