"""get_lr remembers the lowest rate it has given

point: scheduling
cause: not_a_function
bug: A rate is never higher than the one returned before, so an earlier epoch asked for later gets the wrong
    rate.
remedy: Compute the rate from the epoch alone, without memory.
source: https://github.com/pytorch/pytorch/issues/22107
bug_id: L10
style: plain
subtle: yes
also_fails: none
"""

import math
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs
        self.current = max_lr

    def get_lr(self, epoch):
        progress = min(1.0, epoch / self.total_epochs)
        lr = self.min_lr + (self.max_lr - self.min_lr) * (1 + math.cos(math.pi * progress)) / 2
        self.current = min(self.current, lr)
        return self.current


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
        self.model.training = True
        if self.scheduler is not None:
            lr = self.scheduler.get_lr(self.epoch)
            self.optimizer.lr = lr
            self.history["learning_rates"].append(lr)

        losses = []
        pending = 0
        for sample, wanted in dataloader:
            if pending == 0:
                self.optimizer.zero_grad()
            loss_t = self.loss_fn.forward(self.model.forward(sample), wanted)
            losses.append(loss_t.item())
            (loss_t / accumulation_steps).backward()
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
        for sample, wanted in dataloader:
            produced = self.model(sample)
            losses.append(self.loss_fn(produced, wanted).item())
            right.extend(hits(produced.data, wanted.data))
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
