"""The threshold is divided by accumulation_steps

point: clipping
cause: threshold_ignored
bug: A group of k batches is clipped at grad_clip_norm / k, although its gradient is already an average.
remedy: Clip the averaged gradient at grad_clip_norm.
source: https://github.com/facebookresearch/lingua/pull/59
bug_id: none
style: listed
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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        data = [(xb, yb) for xb, yb in dataloader]
        last = len(data) - 1
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(float(self.optimizer.lr))
        self.model.train()
        self.optimizer.zero_grad()
        epoch_loss = 0.0
        for i, (xb, yb) in enumerate(data):
            batch_loss = self.loss_fn(self.model(xb), yb)
            epoch_loss += batch_loss.item() / len(data)
            (batch_loss / accumulation_steps).backward()
            group_done = (i + 1) % accumulation_steps == 0
            if group_done or i == last:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm / accumulation_steps)
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.step += 1
        self.epoch += 1
        self.history["train_loss"].append(epoch_loss)
        return epoch_loss

    def evaluate(self, dataloader):
        self.model.eval()
        losses = []
        correct = total = 0
        for xb, yb in dataloader:
            out = self.model(xb)
            losses.append(float(self.loss_fn(out, yb)))
            hits, count = self._count_correct(out.data, yb.data)
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
