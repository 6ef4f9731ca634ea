"""The rate is computed and recorded but not used

point: scheduling
cause: never_applied
bug: get_lr is called and its value goes to the history, but optimizer.lr is never set.
remedy: Set optimizer.lr to the rate before the first update.
source: https://github.com/guoyww/AnimateDiff/issues/11
bug_id: L7
style: grouped
subtle: yes
also_fails: none
"""

import math
import pickle
from itertools import groupby
from pathlib import Path

import numpy as np


class CosineSchedule:
    """Half a cosine from max_lr down to min_lr, flat afterwards."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr = max_lr, min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        progress = min(epoch / self.total_epochs, 1.0)
        return self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + math.cos(math.pi * progress))


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    params = list(parameters)
    total_norm = 0.0
    for param in params:
        if param.grad is None:
            continue
        param_norm = np.linalg.norm(param.grad)
        total_norm += param_norm**2
    total_norm = float(total_norm**0.5)
    clip_coef = max_norm / (total_norm + 1e-6)
    if clip_coef < 1:
        for param in params:
            if param.grad is not None:
                param.grad = param.grad * clip_coef
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.history["learning_rates"].append(float(self.scheduler.get_lr(self.epoch)))
        losses = []
        numbered = enumerate(dataloader)
        for _, group in groupby(numbered, key=lambda pair: pair[0] // accumulation_steps):
            losses += self.train_group([batch for _, batch in group])
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]

    def train_group(self, group):
        values = []
        for xb, yb in group:
            batch_loss = self.loss_fn(self.model(xb), yb)
            values.append(batch_loss.item())
            (batch_loss * (1.0 / len(group))).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return values

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for xb, yb in dataloader:
            out = self.model(xb)
            losses.append(self.loss_fn(out, yb).item())
            right.extend(hits(out.data, yb.data))
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
