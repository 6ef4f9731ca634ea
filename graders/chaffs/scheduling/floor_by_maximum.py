"""The cosine falls to zero and is cut off at min_lr

point: scheduling
cause: formula_wrong
bug: get_lr takes max_lr * (1 + cos) / 2 and applies min_lr only as a lower bound, so all rates in between
    are off.
remedy: Let the cosine run from max_lr to min_lr: min_lr + (max_lr - min_lr) * (1 + cos) / 2.
source: https://github.com/EleutherAI/gpt-neox/pull/1008
bug_id: none
style: verbose
subtle: yes
also_fails: none
"""

import math
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
        if epoch >= self.total_epochs:
            return self.min_lr
        cosine = 0.5 * (1.0 + math.cos(math.pi * epoch / self.total_epochs))
        return max(self.max_lr * cosine, self.min_lr)


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def global_norm(parameters):
    return sum(float(np.sum(np.square(p.grad))) for p in parameters if p.grad is not None) ** 0.5


def clip_grad_norm(parameters, max_norm=1.0):
    before = global_norm(parameters)
    if before > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / before
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": [], "grad_norms": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, batches, since_update = 0.0, 0, 0
        for x_batch, y_batch in dataloader:
            if since_update == 0:
                self.optimizer.zero_grad()
            loss_now = self.loss_fn(self.model(x_batch), y_batch)
            (loss_now / accumulation_steps).backward()
            loss_sum += loss_now.item()
            batches += 1
            since_update += 1
            if since_update == accumulation_steps:
                self._step_optimizer()
                since_update = 0
        if since_update:
            self._step_optimizer()
        self.epoch += 1
        mean = loss_sum / batches
        self.history["train_loss"].append(mean)
        print("epoch", self.epoch, "mean loss", round(mean, 5))
        return mean

    def _step_optimizer(self):
        if self.grad_clip_norm is not None:
            norm = clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.history["grad_norms"].append(norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for x_batch, y_batch in dataloader:
            y_pred = self.model(x_batch)
            losses.append(self.loss_fn(y_pred, y_batch).item())
            right.extend(hits(y_pred.data, y_batch.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
