"""Without a scheduler the constructor's rate is put back in every epoch

point: scheduling
cause: own_rate_lost
bug: The trainer remembers the rate from its construction and resets optimizer.lr to it, so later changes
    are lost.
remedy: With no scheduler leave optimizer.lr alone.
source: https://github.com/huggingface/transformers/issues/23099
bug_id: K10
style: seeded
subtle: yes
also_fails: none
"""

import math
import pickle
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
        self.initial_lr = optimizer.lr
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        else:
            self.optimizer.lr = self.initial_lr
        total, n = 0.0, 0
        self.optimizer.zero_grad()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            seed = np.full(loss.shape, 1.0 / accumulation_steps)
            loss.backward(seed)
            total += float(loss)
            n += 1
            if n % accumulation_steps == 0:
                self.apply_update()
        if n % accumulation_steps != 0:
            self.apply_update()
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def apply_update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        before = self.model.training
        self.model.eval()
        scored = []
        for x, y in dataloader:
            pred = self.model(x)
            scored.append((self.loss_fn(pred, y).item(), self._accuracy(pred.data, y.data), len(pred.data)))
        self.model.training = before
        loss = sum(s[0] for s in scored) / len(scored)
        accuracy = sum(s[1] * s[2] for s in scored) / sum(s[2] for s in scored)
        self.history["eval_loss"].append(loss)
        return loss, float(accuracy)

    def _accuracy(self, logits, wanted):
        if logits.ndim == 1 or logits.shape[1] == 1:
            return 0.0
        if wanted.ndim == 2:
            if not np.array_equal(wanted, np.eye(wanted.shape[1])[wanted.argmax(axis=1)]):
                return 0.0
            wanted = wanted.argmax(axis=1)
        return np.mean(logits.argmax(axis=1) == wanted)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
