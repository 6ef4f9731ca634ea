"""The flush of the short group stands inside the loop.

point: accumulation
cause: ignored
bug: the block that applies a short last group is indented into the batch loop, so every batch is applied at
    once, divided by k.
remedy: move the block behind the loop.
source: https://github.com/eriklindernoren/PyTorch-YOLOv3/pull/313
bug_id: A9
style: plain
subtle: yes
also_fails: none
"""

import pickle
from math import cos, pi
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.top = max_lr
        self.floor = min_lr
        self.length = total_epochs

    def get_lr(self, epoch):
        if epoch >= self.length:
            return self.floor
        weight = 0.5 + 0.5 * cos(pi * epoch / self.length)
        return weight * self.top + (1 - weight) * self.floor


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * (max_norm / norm)
    return norm


def is_one_hot(array):
    return bool(np.all(np.sort(array, axis=1)[:, :-1] == 0) and np.all(array.max(axis=1) == 1))


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
        self.optimizer.zero_grad()
        running, i = 0.0, 0
        for i, (inputs, targets) in enumerate(dataloader, start=1):
            loss = self.loss_fn(self.model(inputs), targets)
            running += loss.item()
            loss = loss / accumulation_steps
            loss.backward()
            if i % accumulation_steps == 0:
                self._apply()
            if i % accumulation_steps != 0:
                self._apply()
        self.epoch += 1
        self.history["train_loss"].append(running / i)
        return running / i

    def _apply(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1

    def evaluate(self, dataloader):
        was_training = self.model.training
        self.model.eval()
        running, n_batches, n_right, n_samples = 0.0, 0, 0, 0
        for batch_x, batch_y in dataloader:
            logits = self.model(batch_x)
            running = running + float(self.loss_fn(logits, batch_y).data)
            n_batches = n_batches + 1
            scores, truth = logits.data, batch_y.data
            if scores.ndim == 2 and scores.shape[1] >= 2:
                if truth.ndim == 2 and is_one_hot(truth):
                    truth = truth.argmax(axis=1)
                if truth.ndim == 1:
                    n_right += int((scores.argmax(axis=1) == truth).sum())
                    n_samples += scores.shape[0]
        self.model.train(was_training)
        mean_loss = running / n_batches
        self.history["eval_loss"].append(mean_loss)
        accuracy = n_right / n_samples if n_samples > 0 else 0.0
        return mean_loss, accuracy

    def save_checkpoint(self, path):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": {key: list(values) for key, values in self.history.items()},
        }
        path.write_bytes(pickle.dumps(state))

    def load_checkpoint(self, path):
        state = pickle.loads(Path(path).read_bytes())
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch = state["epoch"]
        self.step = state["step"]
        self.history = type(self.history)(state["history"])
