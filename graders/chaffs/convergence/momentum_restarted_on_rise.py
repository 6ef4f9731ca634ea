"""Momentum is thrown away whenever a batch is harder than the last one

point: convergence
cause: optimizer_state_lost
bug: If the loss of a batch is higher than that of the batch before, the optimizer's first state is loaded
    back.
remedy: Batches differ, so a higher loss is normal: keep the optimizer's state.
source: https://arxiv.org/abs/1204.3982
bug_id: none
style: verbose
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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.initial_state = optimizer.state_dict()
        self.epoch, self.step = 0, 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": [], "grad_norms": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        loss_sum, batches, since_update = 0.0, 0, 0
        previous = float("inf")
        for x_batch, y_batch in dataloader:
            if since_update == 0:
                self.optimizer.zero_grad()
            loss_now = self.loss_fn(self.model(x_batch), y_batch)
            (loss_now / accumulation_steps).backward()
            if loss_now.item() > previous:
                self._restart_momentum()
            previous = loss_now.item()
            loss_sum += previous
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

    def _restart_momentum(self):
        rate = self.optimizer.lr
        self.optimizer.load_state_dict(self.initial_state)
        self.optimizer.lr = rate

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
