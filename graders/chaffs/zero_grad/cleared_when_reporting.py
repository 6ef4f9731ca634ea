"""Clearing slipped into the progress report.

point: zero_grad
cause: cleared_irregularly
bug: zero_grad() is indented into the branch that prints every third update, so gradients pile up between
    two reports.
remedy: move zero_grad() out of the printing branch.
source: https://github.com/wenet-e2e/wekws/issues/72
bug_id: none
style: verbose
subtle: yes
also_fails: convergence
"""

import os
import pickle

import numpy as np


class CosineSchedule:
    """Cosine annealing from max_lr down to min_lr."""

    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        progress = 1.0 if epoch >= self.total_epochs else epoch / self.total_epochs
        return float(self.min_lr + 0.5 * (self.max_lr - self.min_lr) * (1.0 + np.cos(np.pi * progress)))


def grad_norm(parameters):
    return float(np.sqrt(sum(np.vdot(p.grad, p.grad) for p in parameters if p.grad is not None)))


def clip_grad_norm(parameters, max_norm=1.0):
    before = grad_norm(parameters)
    ratio = min(1.0, max_norm / before) if before > 0 else 1.0
    if ratio < 1.0:
        for p in filter(lambda q: q.grad is not None, parameters):
            p.grad = ratio * p.grad
    return before


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {key: [] for key in ("train_loss", "eval_loss", "learning_rates")}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = []
        updates = 0
        for inputs, targets in dataloader:
            if len(losses) % accumulation_steps == 0 and updates % 3 == 0:
                print(f"epoch {self.epoch}, update {updates}, batches seen {len(losses)}")
                self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            (loss / accumulation_steps).backward()
            losses.append(loss.item())
            if len(losses) % accumulation_steps == 0:
                updates += self._update()
        if len(losses) % accumulation_steps:
            updates += self._update()
        self.epoch += 1
        mean = sum(losses) / len(losses)
        self.history["train_loss"].append(mean)
        return mean

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        return 1

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
        folder = os.path.dirname(os.fspath(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "wb") as f:
            pickle.dump((self.epoch, self.step, dict(self.history)), f)
            pickle.dump(self.model.state_dict(), f)
            pickle.dump(self.optimizer.state_dict(), f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            epoch, step, history = pickle.load(f)
            weights = pickle.load(f)
            optimizer_state = pickle.load(f)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer_state)
        self.epoch, self.step = epoch, step
        self.history.clear()
        self.history.update(history)
