"""Only a CosineSchedule is obeyed

point: scheduling
cause: scheduler_assumed
bug: An isinstance check lets the trainer ignore every scheduler of another class.
remedy: Test `scheduler is not None` and call get_lr.
source: https://docs.python.org/3/glossary.html#term-duck-typing
bug_id: L12
style: grouped
subtle: yes
also_fails: none
"""

import pickle
from itertools import groupby
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        # (1 + cos(x)) / 2 is the same as cos(x / 2) squared
        if epoch < self.total_epochs:
            half = np.cos(0.5 * np.pi * epoch / self.total_epochs)
            return self.min_lr + (self.max_lr - self.min_lr) * half**2
        return self.min_lr


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
        if isinstance(self.scheduler, CosineSchedule):
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
        if self.scheduler is not None:
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
            (objective * (1.0 / len(group))).backward()
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        return values

    def evaluate(self, dataloader):
        self.model.training = False
        loss_list = []
        right = 0
        seen = 0
        for images, truth in dataloader:
            logits_t = self.model(images)
            objective = self.loss_fn(logits_t, truth)
            loss_list.append(objective.item())
            p, t = logits_t.data, truth.data
            if p.ndim == 2 and p.shape[1] > 1:
                if t.ndim == 1:
                    right += int((p.argmax(axis=1) == t.astype(int)).sum())
                    seen += t.shape[0]
                elif set(np.unique(t)) <= {0, 1} and np.all(np.sum(t, axis=1) == 1):
                    right += int((p.argmax(axis=1) == t.argmax(axis=1)).sum())
                    seen += t.shape[0]
        self.model.training = True
        loss_value = float(np.mean(loss_list))
        accuracy = right / seen if seen > 0 else 0.0
        self.history["eval_loss"].append(loss_value)
        return loss_value, accuracy

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
