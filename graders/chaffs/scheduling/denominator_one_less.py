"""The cosine is stretched over total_epochs - 1 steps

point: scheduling
cause: formula_wrong
bug: get_lr divides by total_epochs - 1, so the rate falls too fast and reaches min_lr one epoch early.
remedy: Divide the epoch by total_epochs.
source: https://github.com/lnccbrown/LANfactory/pull/124
bug_id: L9
style: plain
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr = max_lr
        self.min_lr = min_lr
        self.total_epochs = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.total_epochs:
            return self.min_lr
        last = max(self.total_epochs - 1, 1)
        return self.min_lr + (self.max_lr - self.min_lr) * (1 + np.cos(np.pi * epoch / last)) / 2


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
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total_loss = 0.0
        num_batches = 0
        self.optimizer.zero_grad()
        for i, (features, labels) in enumerate(dataloader):
            predictions = self.model(features)
            loss_value = self.loss_fn(predictions, labels)
            total_loss += float(loss_value)
            num_batches += 1
            scaled = loss_value * (1.0 / accumulation_steps)
            scaled.backward()
            if (i + 1) % accumulation_steps == 0:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        if num_batches % accumulation_steps != 0:
            if self.grad_clip_norm is not None:
                clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.step += 1
        avg_loss = total_loss / num_batches
        self.history["train_loss"].append(avg_loss)
        self.epoch += 1
        return avg_loss

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        correct = total = 0
        for features, labels in dataloader:
            predictions = self.model(features)
            losses.append(float(self.loss_fn(predictions, labels)))
            hits, count = self._count_correct(predictions.data, labels.data)
            correct += hits
            total += count
        eval_loss = sum(losses) / len(losses)
        self.history["eval_loss"].append(eval_loss)
        return eval_loss, correct / total if total else 0.0

    def _count_correct(self, scores, labels):
        if scores.ndim != 2 or scores.shape[1] < 2:
            return 0, 0
        if labels.ndim == 2:
            one_hot = np.all((labels == 0) | (labels == 1)) and np.all(labels.sum(axis=1) == 1)
            if not one_hot:
                return 0, 0
            labels = np.argmax(labels, axis=1)
        return int(np.sum(np.argmax(scores, axis=1) == labels)), len(scores)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        states = self.model.state_dict(), self.optimizer.state_dict()
        Path(path).write_bytes(pickle.dumps((states, self.epoch, self.step, dict(self.history))))

    def load_checkpoint(self, path):
        states, epoch, step, history = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])
        self.epoch, self.step, self.history = epoch, step, history
