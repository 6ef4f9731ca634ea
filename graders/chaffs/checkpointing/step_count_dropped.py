"""Restores the moments of the optimizer without its step count.

point: checkpointing
cause: optimizer_not_saved
bug: the integers of the optimizer's state are left out, so AdamW's bias correction starts again at 1.
remedy: Load the state as it was saved, the step count included.
source: https://github.com/TrenTorch/TrenTorch/pull/187
bug_id: K2
style: numpyish
subtle: yes
also_fails: none
"""

import pickle
from pathlib import Path

import numpy as np


class CosineSchedule:
    def __init__(self, max_lr=0.1, min_lr=0.01, total_epochs=100):
        self.max_lr, self.min_lr, self.total_epochs = max_lr, min_lr, total_epochs

    def get_lr(self, epoch):
        x = np.clip(epoch / self.total_epochs, 0.0, 1.0)
        return float(self.min_lr + (self.max_lr - self.min_lr) * np.cos(np.pi * x / 2) ** 2)


def clip_grad_norm(parameters, max_norm=1.0):
    params = [p for p in parameters if p.grad is not None]
    norm = float(np.sqrt(np.sum([np.vdot(p.grad, p.grad) for p in params])))
    if norm > max_norm:
        for p in params:
            p.grad = p.grad * (max_norm / norm)
    return norm


class Trainer:
    def __init__(self, model, optimizer, loss_fn, scheduler=None, grad_clip_norm=None):
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.scheduler, self.grad_clip_norm = scheduler, grad_clip_norm
        self.epoch = self.step = 0
        self.history = {"train_loss": [], "eval_loss": [], "learning_rates": []}

    def train_epoch(self, dataloader, accumulation_steps=1):
        self.model.train()
        if self.scheduler is not None:
            self.optimizer.lr = self.scheduler.get_lr(self.epoch)
            self.history["learning_rates"].append(self.optimizer.lr)
        losses = np.zeros(0)
        self._zero()
        for x, y in dataloader:
            loss = self.loss_fn(self.model(x), y)
            loss.backward(np.full(loss.data.shape, 1.0 / accumulation_steps))
            losses = np.append(losses, float(loss.data))
            if len(losses) % accumulation_steps == 0:
                self._update()
        if len(losses) % accumulation_steps:
            self._update()
        self.epoch += 1
        self.history["train_loss"].append(float(losses.mean()))
        return float(losses.mean())

    def _zero(self):
        for p in self.model.parameters():
            p.grad = None

    def _update(self):
        if self.grad_clip_norm is not None:
            clip_grad_norm(self.model.parameters(), self.grad_clip_norm)
        self.optimizer.step()
        self._zero()
        self.step += 1

    def evaluate(self, dataloader):
        self.model.eval()
        losses, hits = [], []
        for x, y in dataloader:
            out = self.model(x)
            losses.append(float(self.loss_fn(out, y).data))
            if out.data.ndim == 2 and out.data.shape[1] > 1:
                t = y.data
                if t.ndim == 2:
                    if not np.array_equal(t, np.eye(t.shape[1])[t.argmax(axis=1)]):
                        continue
                    t = t.argmax(axis=1)
                hits.append(out.data.argmax(axis=1) == t)
        self.history["eval_loss"].append(float(np.mean(losses)))
        return float(np.mean(losses)), float(np.mean(np.concatenate(hits))) if hits else 0.0

    def save_checkpoint(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        state = self.optimizer.state_dict()
        buffers = {key: value for key, value in state.items() if not isinstance(value, int)}
        everything = {
            "weights": self.model.state_dict(),
            "buffers": buffers,
            "counters": (self.epoch, self.step),
            "history": self.history,
        }
        with open(path, "wb") as f:
            pickle.dump(everything, f)

    def load_checkpoint(self, path):
        with open(path, "rb") as f:
            saved = pickle.load(f)
        self.model.load_state_dict(saved["weights"])
        state = self.optimizer.state_dict()
        state.update(saved["buffers"])
        self.optimizer.load_state_dict(state)
        self.epoch, self.step = saved["counters"]
        self.history = saved["history"]
