"""Looks at the first evaluation batch before the mode is switched.

point: modes
cause: evaluate_learns
bug: evaluate() calls the model once in training mode, to see the output's shape, which moves BatchNorm.
remedy: Call model.eval() before any forward pass of evaluate().
source: https://github.com/princeton-vl/pytorch_stacked_hourglass/issues/44
bug_id: M3
style: numpyish
subtle: yes
also_fails: none
"""

import itertools
import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        epochs = np.arange(total_epochs + 1)
        self.table = min_lr + (max_lr - min_lr) * (1 + np.cos(np.pi * epochs / total_epochs)) / 2

    def get_lr(self, epoch):
        return float(self.table[min(epoch, len(self.table) - 1)])


def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads])) if grads else 0.0
    if norm > max_norm:
        for g in grads:
            np.multiply(g, max_norm / norm, out=g)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def _clear(self):
        for p in self.model.parameters():
            p.grad = None

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self.step += 1
        self._clear()

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        self._clear()
        losses = np.empty(0)
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            (loss / accumulation_steps).backward()
            losses = np.append(losses, loss.data)
            if losses.size % accumulation_steps == 0:
                self._update()
        if losses.size % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(losses.mean()))
        return float(losses.mean())

    def evaluate(self, dataloader):
        batches = iter(dataloader)
        first = next(batches)
        width = self.model(first[0]).data.shape[-1]
        self.model.eval()
        losses, hits = [], []
        for x, y in itertools.chain([first], batches):
            out = self.model(x)
            losses.append(self.loss_fn(out, y).item())
            if out.data.ndim == 2 and width > 1:
                truth = y.data
                if truth.ndim == 2:
                    if not (np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all()):
                        continue
                    truth = truth @ np.arange(width)
                hits.append(out.data.argmax(axis=1) == truth)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(np.concatenate(hits))) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        meta = pickle.dumps((self.optimizer.state_dict(), self.epoch, self.step, self.history))
        with open(path, "wb") as f:
            np.savez(f, **{"meta": np.frombuffer(meta, dtype=np.uint8)}, **self._named("m/"))

    def _named(self, prefix):
        return {prefix + name: value for name, value in self.model.state_dict().items()}

    def load_checkpoint(self, path):
        with np.load(path) as data:
            self.model.load_state_dict({name[2:]: data[name] for name in data.files if name.startswith("m/")})
            optimizer, self.epoch, self.step, self.history = pickle.loads(data["meta"].tobytes())
        self.optimizer.load_state_dict(optimizer)
