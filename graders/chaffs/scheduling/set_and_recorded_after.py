"""The rate is set and recorded when the epoch is over

point: scheduling
cause: applied_late
bug: The epoch's rate is applied only after its updates, while the history shows the rate that should have
    been used.
remedy: Apply the rate before the first update of the epoch.
source: https://github.com/MLSysBook/TinyTorch/blob/HEAD/src/07_training/07_training.py
bug_id: L18
style: verbose
subtle: yes
also_fails: none
"""

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


class History(dict):
    def note(self, key, value):
        self.setdefault(key, []).append(float(value))


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
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler = scheduler
        self.grad_clip_norm = grad_clip_norm
        self.epoch = 0
        self.step = 0
        self.history = History(train_loss=[], eval_loss=[], learning_rates=[])

    def train_epoch(self, dataloader, accumulation_steps=1):
        """Train on every batch once and return the mean loss."""
        assert accumulation_steps >= 1
        self.model.train()

        batch_losses = []
        open_group = False
        self.optimizer.zero_grad()
        for batch_number, (X, Y) in enumerate(dataloader, start=1):
            prediction = self.model(X)
            current = self.loss_fn(prediction, Y)
            batch_losses.append(float(current))
            (current * (1.0 / accumulation_steps)).backward()
            open_group = True
            if batch_number % accumulation_steps == 0:
                self.update_parameters()
                open_group = False
        if open_group:
            self.update_parameters()

        mean_loss = float(np.mean(batch_losses))
        self.history.note("train_loss", mean_loss)
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history.note("learning_rates", self.optimizer.lr)
        self.epoch += 1
        print(f"epoch {self.epoch}: loss {mean_loss:.4f} after {self.step} updates")
        return mean_loss

    def update_parameters(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, right = [], []
        for X, Y in dataloader:
            prediction = self.model(X)
            losses.append(self.loss_fn(prediction, Y).item())
            right.extend(hits(prediction.data, Y.data))
        self.history["eval_loss"].append(float(np.mean(losses)))
        return self.history["eval_loss"][-1], float(np.mean(right))

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        box = np.empty(4, dtype=object)
        box[0] = self.model.state_dict()
        box[1] = self.optimizer.state_dict()
        box[2] = {"epoch": self.epoch, "step": self.step}
        box[3] = {name: list(values) for name, values in self.history.items()}
        with open(path, "wb") as out:
            np.save(out, box, allow_pickle=True)

    def load_checkpoint(self, path):
        with open(path, "rb") as source:
            weights, optimizer, counters, history = np.load(source, allow_pickle=True)
        self.model.load_state_dict(weights)
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.step = counters["epoch"], counters["step"]
        self.history = History(history)
