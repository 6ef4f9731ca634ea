"""Small gradient entries are set to zero

point: convergence
cause: gradient_altered
bug: Entries of the gradient below 0.01 in size are zeroed before the update, so fine corrections never
    happen.
remedy: Hand the whole gradient to the optimizer.
source: https://arxiv.org/abs/1712.01887
bug_id: none
style: numpyish
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
    with_grad = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(p.grad * p.grad) for p in with_grad)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in with_grad:
            p.grad = factor * p.grad
    return norm


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
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        weights = self.model.parameters()
        sums = [None] * len(weights)
        losses = []
        filled = 0
        for sample, wanted in dataloader:
            losses.append(self.gradients(weights, sums, sample, wanted))
            filled += 1
            if filled == accumulation_steps:
                self.apply(weights, sums, filled)
                sums, filled = [None] * len(weights), 0
        if filled:
            self.apply(weights, sums, filled)
        self.epoch += 1
        self.history["train_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses))

    def gradients(self, weights, sums, sample, wanted):
        self.optimizer.zero_grad()
        loss_t = self.loss_fn(self.model(sample), wanted)
        loss_t.backward()
        for j, w in enumerate(weights):
            if w.grad is not None:
                sums[j] = w.grad if sums[j] is None else sums[j] + w.grad
        return loss_t.item()

    def apply(self, weights, sums, count):
        for w, total in zip(weights, sums, strict=True):
            if total is None:
                w.grad = None
            else:
                mean = total / count
                w.grad = np.where(np.abs(mean) < 0.01, 0.0, mean)
        if self.grad_clip_norm is not None:
            clip_grad_norm(weights, self.grad_clip_norm)
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
