"""Weights are replaced by their average over the epoch

point: convergence
cause: parameters_changed
bug: The parameters after every update are averaged, and the average is written into the model when the
    epoch ends.
remedy: Do not write averages into the model that is being trained.
source: https://github.com/devilismyfriend/StableTuner/pull/126
bug_id: none
style: helpers
subtle: yes
also_fails: none
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
        self.epoch = 0
        self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

        self.model = model
        self.loss_fn = loss_fn
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm

    def train_epoch(self, dataloader, accumulation_steps=1):
        self._begin_epoch()
        values = []
        for number, batch in enumerate(dataloader, 1):
            values.append(self._learn_from(batch, 1.0 / accumulation_steps))
            if number % accumulation_steps == 0:
                self._apply_gradients()
        if len(values) % accumulation_steps:
            self._apply_gradients()
        self._finish_epoch(np.mean(values))
        return self.history["train_loss"][-1]

    def _begin_epoch(self):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self._rate_for(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self.optimizer.zero_grad()
        self._snapshots = []

    def _rate_for(self, epoch):
        return float(self.scheduler.get_lr(epoch))

    def _learn_from(self, batch, weight):
        batch_in, batch_out = batch
        cost = self.loss_fn.forward(self.model.forward(batch_in), batch_out)
        (cost * weight).backward()
        return cost.item()

    def _apply_gradients(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.optimizer.params, self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self.optimizer.zero_grad()
        self._snapshots.append([p.data.copy() for p in self.optimizer.params])

    def _finish_epoch(self, mean_loss):
        for p, versions in zip(self.optimizer.params, zip(*self._snapshots, strict=True), strict=True):
            p.data = np.mean(versions, axis=0)
        self.history["train_loss"].append(float(mean_loss))
        self.epoch += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for batch_in, batch_out in dataloader:
            guess = self.model(batch_in)
            losses.append(self.loss_fn(guess, batch_out).item())
            right.extend(hits(guess.data, batch_out.data))
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
