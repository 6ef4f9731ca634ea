"""The optimizer starts from scratch in every epoch

point: convergence
cause: optimizer_state_lost
bug: At the start of every epoch the optimizer's first state is loaded back, so momentum and moments are
    lost.
remedy: Let the optimizer keep its state from epoch to epoch; do not load the old one.
source: https://github.com/alan-turing-institute/deepsensor/issues/47
bug_id: C1
style: plain
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
        self.fresh_state = optimizer.state_dict()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        rate = self.optimizer.lr
        self.optimizer.load_state_dict(self.fresh_state)
        self.optimizer.lr = rate
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)

        losses = []
        pending = 0
        for x, y in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn.forward(self.model.forward(x), y)
            losses.append(loss.item())
            (loss / accumulation_steps).backward()
            pending += 1
            if pending < accumulation_steps:
                continue
            self._finish_update()
            pending = 0
        if pending > 0:
            self._finish_update()

        self.epoch += 1
        mean_loss = sum(losses) / len(losses)
        self.history["train_loss"].append(mean_loss)
        return mean_loss

    def _finish_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for x, y in dataloader:
            pred = self.model(x)
            losses.append(self.loss_fn(pred, y).item())
            right.extend(hits(pred.data, y.data))
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
