"""Raw gradients are clipped before they are scaled

point: clipping
cause: clipped_unscaled
bug: The accumulated gradient is clipped while it is still a sum and divided by the number of batches
    afterwards.
remedy: Scale the losses or the gradients first; clip what the update uses.
source: https://github.com/petuum/adaptdl/pull/26
bug_id: G5
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


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
    return norm


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
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        losses = []
        numbered = enumerate(dataloader)
        for _, group in groupby(numbered, key=lambda pair: pair[0] // accumulation_steps):
            losses += self.train_group([batch for _, batch in group])
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return self.history["train_loss"][-1]

    def train_group(self, group):
        values = []
        for images, truth in group:
            objective = self.loss_fn(self.model(images), truth)
            values.append(objective.item())
            objective.backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad * (1.0 / len(group))
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return values

    def evaluate(self, dataloader):
        self.model.eval()
        total_loss, n_batches = 0.0, 0
        n_right, n_samples = 0, 0
        for images, truth in dataloader:
            logits_t = self.model(images)
            total_loss += float(self.loss_fn(logits_t, truth))
            n_batches += 1
            if self._is_classification(logits_t.data, truth.data):
                truth = truth.data if truth.data.ndim == 1 else np.argmax(truth.data, axis=-1)
                n_right += np.count_nonzero(np.argmax(logits_t.data, axis=-1) == truth)
                n_samples += len(truth)
        mean = total_loss / n_batches
        self.history["eval_loss"].append(mean)
        return mean, n_right / max(n_samples, 1)

    @staticmethod
    def _is_classification(out, truth):
        if out.ndim != 2 or out.shape[1] < 2:
            return False
        if truth.ndim == 1:
            return True
        return bool(np.all(np.isin(truth, [0.0, 1.0])) and np.all(truth.sum(axis=1) == 1.0))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
