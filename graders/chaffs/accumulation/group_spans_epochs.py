"""A group may begin in one epoch and end in the next.

point: accumulation
cause: short_group_leaks
bug: the number of waiting batches is kept in the trainer, and a group that is short at the end of an epoch
    is filled up in the next.
remedy: count within the epoch, and apply what is waiting when the epoch ends.
source: https://github.com/Lightning-AI/pytorch-lightning/issues/4653
bug_id: none
style: seeded
subtle: yes
also_fails: none
"""

from pathlib import Path

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


def clip_grad_norm(parameters, max_norm=1.0):
    with_grad = [p for p in parameters if p.grad is not None]
    if not with_grad:
        return 0.0
    norms = np.array([np.linalg.norm(p.grad) for p in with_grad])
    total_norm = float(np.linalg.norm(norms))
    scale = max_norm / (total_norm + 1e-6)
    if scale < 1.0 and total_norm > max_norm:
        for p in with_grad:
            p.grad = p.grad * scale
    return total_norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self._waiting = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.training = True
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        total, n = 0.0, 0
        for x, y in dataloader:
            if self._waiting == 0:
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.shape, 1.0 / accumulation_steps))
            total += float(loss)
            n += 1
            self._waiting += 1
            if self._waiting >= accumulation_steps:
                if self.grad_clip_norm is not None:
                    clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
                self.optimizer.step()
                self.step += 1
                self._waiting = 0
        self.epoch += 1
        self.history["train_loss"].append(total / n)
        return total / n

    def evaluate(self, dataloader):
        mode = self.model.training
        self.model.eval()
        try:
            loss_sum, count, right, total = 0.0, 0, 0, 0
            for xb, yb in dataloader:
                scores = self.model(xb)
                loss_sum += float(self.loss_fn(scores, yb))
                count += 1
                n_right, n = self._score(scores.data, yb.data)
                right, total = right + n_right, total + n
        finally:
            self.model.training = mode
        self.history["eval_loss"].append(loss_sum / count)
        return loss_sum / count, right / total if total else 0.0

    def _score(self, scores, truth):
        classes = scores.shape[1] if scores.ndim == 2 else 1
        if classes < 2:
            return 0, 0
        if truth.ndim == 2:
            eye = np.eye(classes)[truth.argmax(axis=1)]
            if not np.array_equal(eye, truth):
                return 0, 0
            truth = truth.argmax(axis=1)
        return int((scores.argmax(axis=1) == truth).sum()), len(truth)

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        bundle = np.array(
            [self.model.state_dict(), self.optimizer.state_dict(), self.epoch, self.step, dict(self.history)],
            dtype=object,
        )
        with open(path, "wb") as handle:
            np.save(handle, bundle, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as handle:
            model, optimizer, epoch, step, history = np.load(handle, allow_pickle=True)
        self.model.load_state_dict(model)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = int(epoch), int(step)
        self.history.update(history)
