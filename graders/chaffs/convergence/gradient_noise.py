"""Random noise is put on the gradients

point: convergence
cause: gradient_altered
bug: Every gradient entry is multiplied by a random factor around 1 before the update.
remedy: Remove the noise; the update uses the gradient of its batch and nothing else.
source: https://github.com/espnet/espnet/pull/886
bug_id: none
style: grouped
subtle: yes
also_fails: accumulation, clipping
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.low = min_lr
        self.amplitude = (max_lr - min_lr) / 2
        self.length = total_epochs

    def get_lr(self, epoch):
        t = min(epoch, self.length)
        return float(self.low + self.amplitude * (1 + np.cos(np.pi * t / self.length)))


def in_groups(batches, size):
    group = []
    for batch in batches:
        group.append(batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def hits(scores, truth):
    if scores.ndim == 2 and scores.shape[1] > 1:
        best = scores.argmax(axis=1)
        if truth.ndim == 1:
            return best == truth
        if (np.sort(truth, axis=1)[:, :-1] == 0).all() and (truth.max(axis=1) == 1).all():
            return best == truth.argmax(axis=1)
    return np.zeros(len(scores))


def clip_grad_norm(parameters, max_norm=1.0):
    """Scale all gradients together so that their joint length is at most max_norm."""
    grads = [p.grad for p in parameters if p.grad is not None]
    total_norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if total_norm > max_norm:
        for g in grads:
            g *= max_norm / total_norm
    return total_norm


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
        self.set_rate()
        loss_sum = 0.0
        seen = 0
        for group in in_groups(dataloader, accumulation_steps):
            self.optimizer.zero_grad()
            for features, labels in group:
                predictions = self.model.forward(features)
                loss_value = self.loss_fn.forward(predictions, labels)
                loss_sum += loss_value.item()
                seen += 1
                loss_value = loss_value * (1.0 / len(group))
                loss_value.backward()
            self.perturb()
            self.clip()
            self.optimizer.step()
            self.step += 1
        result = loss_sum / seen
        self.history["train_loss"].append(result)
        self.epoch += 1
        return result

    def set_rate(self):
        if self.scheduler is None:
            return
        rate = self.scheduler.get_lr(self.epoch)
        self.optimizer.lr = rate
        self.history["learning_rates"].append(rate)

    def perturb(self):
        rng = np.random.default_rng(self.step)
        for p in self.model.parameters():
            if p.grad is not None:
                p.grad = p.grad * rng.normal(1.0, 0.1, p.grad.shape)

    def clip(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for features, labels in dataloader:
            predictions = self.model(features)
            losses.append(self.loss_fn(predictions, labels).item())
            right.extend(hits(predictions.data, labels.data))
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
