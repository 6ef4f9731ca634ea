"""Every batch of a group is clipped

point: clipping
cause: clipped_per_batch
bug: The gradient is clipped after each backward pass, so the batches of a group do not count equally.
remedy: Clip once, when the group is complete.
source: https://github.com/huggingface/transformers/issues/986
bug_id: G4
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
        self.start, self.end, self.epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        return self.start * self._weight(epoch) + self.end * (1 - self._weight(epoch))

    def _weight(self, epoch):
        if epoch >= self.epochs:
            return 0.0
        return 0.5 + 0.5 * math.cos(math.pi * epoch / self.epochs)


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
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss = 0.0
        num_batches = 0
        self.optimizer.zero_grad()
        for i, (sample, wanted) in enumerate(dataloader):
            produced = self.model(sample)
            loss_t = self.loss_fn(produced, wanted)
            total_loss += float(loss_t)
            num_batches += 1
            scaled = loss_t * (1.0 / accumulation_steps)
            scaled.backward()
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            if (i + 1) % accumulation_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        if num_batches % accumulation_steps != 0:
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

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
